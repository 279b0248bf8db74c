assert best_seats(".....#....", 4) == 6
assert best_seats("##..##..##", 2) == 2
assert best_seats("...#....", 4) == 4

for length in range(1, 6):
    row = "." * 6 + "#" + "." * length
    assert best_seats(row, length) == 7
