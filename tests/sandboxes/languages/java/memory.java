import java.util.ArrayList;

public class Main {
    public static void main(String[] args) {
        var kept = new ArrayList<int[]>();
        while (true) kept.add(new int[1 << 20]);
    }
}
