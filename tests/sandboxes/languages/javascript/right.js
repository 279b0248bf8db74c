const lines = require("readline").createInterface({ input: process.stdin });
let sum = 0;
lines.on("line", (line) => line.split(" ").forEach((word) => (sum += Number(word))));
lines.on("close", () => console.log(sum));
