const rows = [];
console.log(rows[3].length);
