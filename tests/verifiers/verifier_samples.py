"""Texts with claims of each kind, right and wrong ones, for the contract of the verifiers."""

NUMBERS = [
    "3599 is prime.",
    "Yes, 3599 is a prime number because it has no divisors.",
    "You are right. 3599 is indeed a prime number!",
    "The number 3,599 isn't prime, since 59 * 61 = 3599.",
    "97 is composite; 8 is odd and 9 is even.",
    "11 and 15 are both prime numbers.",
    "91 = 7 * 13 is the factorisation.",
    "The prime factorization of 84 is 84 = 2 × 6 × 7.",
    "The prime numbers between 10 and 20 are: 11, 13, 15, and 17.",
    "There are 13 prime numbers between 150 and 250.",
    "gcd(12, 18) = 5, and the least common multiple of 4 and 6 is 12.",
    "12 is divisible by 2, 3, and 5.",
    "91 is not divisible by 2, 3, 5, or 7, so it is prime.",
    "7 is a prime factor of 90. 7 does not divide 91.",
    "50 is a perfect square. The square root of 49 is 8.",
    "17 mod 5 = 3. 17 divided by 5 leaves a remainder of 2.",
    "The first five primes are 1, 2, 3, 5, 7.",
    "The largest prime factor of 13195 is 29. The 10th prime is 31.",
    "**3599 is prime**, as $3599$ is prime.",
    '{"reasoning": "91 is prime because nothing divides it", "answer": "yes"}',
    "Is 3599 prime? If 3599 is prime, then so is 7. I think 3599 is prime.",
    "1000000000000000000000000000057 is prime.",
]
TEXTS = [
    "'hello' reversed is 'olleh'.",
    'The word "hello" spelled backwards is "oleh".',
    "The reverse of 'hello' is 'olleh', and 'level' is a palindrome.",
    "The word 'strawberry' has two r's, and 'banana' has 6 letters.",
    "The letter r appears twice in 'strawberry'.",
    "\"listen\" and \"silent\" are anagrams. 'hello' starts with 'h'.",
    "Is 'hello' a palindrome? He said that 'hello' is a palindrome.",
    "'hello' contains the letter 'z'. \"The quick fox.\" has four words.",
]
SUMS = [
    "7 * 8 = 54, and 54 + 1 = 55.",
    "She pays $20 × 3 = $70 in all.",
    "10/3 = 5 or so; 1/2 + 1/3 = 5/6.",
    "28 + 64\n= 93",
]
