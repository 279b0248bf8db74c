import java.util.Scanner;

record Total(long sum) {}

public class Solution {
    public static void main(String[] args) {
        Scanner in = new Scanner(System.in);
        long sum = 0;
        while (in.hasNextLong()) sum += in.nextLong();
        System.out.println(new Total(sum).sum());
    }
}
