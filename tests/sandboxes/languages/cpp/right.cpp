#include <iostream>
#include <iterator>
#include <numeric>
using namespace std;

int main() {
    cout << accumulate(istream_iterator<long long>(cin), {}, 0LL) << "\n";
}
