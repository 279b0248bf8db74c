const fs = require("fs");
while (true) fs.writeSync(1, "again and again and again and again and again\n".repeat(1000));
