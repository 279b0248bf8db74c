assert best_seats("..#...#..", 2) == 0
assert best_seats("...#..#..", 2) == 4
assert best_seats("..#..", 3) == -1
