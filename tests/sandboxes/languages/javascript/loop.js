let steps = 0;
while (true) steps++;
