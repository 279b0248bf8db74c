fn main() {
    let numbers: Vec<i32> = std::env::args().skip(1).map(|word| word.len() as i32).collect();
    println!("{}", numbers[3]);
}
