public class Main {
    public static void main(String[] args) {
        String line = "again and again and again and again and again\n".repeat(1000);
        while (true) System.out.print(line);
    }
}
