#include <iostream>
#include <vector>

int main() {
    std::vector<std::vector<int>> kept;
    while (true) kept.emplace_back(1 << 20, 7);
}
