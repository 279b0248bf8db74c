assert best_seats("", 1) == -1
assert best_seats("....", 1) == 0
assert best_seats("....#.", 1) == 5
assert best_seats("#....#...#", 3) == 6
assert best_seats("####", 1) == -1
