const kept = [];
while (true) kept.push(new Array(1 << 16).fill(kept.length + 0.5));
