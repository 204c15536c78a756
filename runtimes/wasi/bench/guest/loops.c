// Loops of the kinds that real programs spend their time in. The second argument names the loop, the input says how
// often in decimal; the answer is a number that depends on all of the work, so that none of it is left out.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES = 64 * 1024, SIDE = 96, NUMBERS = 20000 };

static uint8_t bytes[BYTES];
static uint32_t numbers[NUMBERS];
static double left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
static uint32_t state = 1;

static uint32_t next(void) {
  state ^= state << 13;
  state ^= state >> 17;
  return state ^= state << 5;
}

static uint32_t rotate(uint32_t value, int by) { return value >> by | value << (32 - by); }

/** The compression function of SHA-256 over 64 KiB; its constants are made as the standard says, from primes. */
static uint32_t constants[64];

static void make_constants(void) {
  int found = 0;
  for (uint64_t prime = 2; found < 64; prime++) {
    int divides = 0;
    for (uint64_t by = 2; by * by <= prime; by++) divides |= prime % by == 0;
    if (divides) continue;
    // 32 bits of the fraction of the cube root, by bisection on integers.
    uint64_t low = 0, high = (uint64_t)7 << 32;
    while (high - low > 1) {
      uint64_t middle = low + (high - low) / 2;
      unsigned __int128 cube = (unsigned __int128)middle * middle * middle;
      if (cube >= (unsigned __int128)prime << 96) high = middle; else low = middle;
    }
    constants[found++] = (uint32_t)low;
  }
}

static uint32_t sha256(void) {
  uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  for (int block = 0; block < BYTES; block += 64) {
    uint32_t words[64];
    for (int at = 0; at < 16; at++) {
      const uint8_t *from = &bytes[block + 4 * at];
      words[at] = (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
    }
    for (int at = 16; at < 64; at++) {
      uint32_t early = words[at - 15], late = words[at - 2];
      words[at] = words[at - 16] + (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + words[at - 7] +
                  (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10);
    }
    uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
    for (int round = 0; round < 64; round++) {
      uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[round] +
                       words[round];
      uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
      h = g, g = f, f = e, e = d + first, d = c, c = b, b = a, a = first + second;
    }
    hash[0] += a, hash[1] += b, hash[2] += c, hash[3] += d, hash[4] += e, hash[5] += f, hash[6] += g, hash[7] += h;
  }
  return hash[0];
}

static uint32_t mandelbrot(void) {
  uint32_t inside = 0;
  for (int row = 0; row < 128; row++)
    for (int column = 0; column < 128; column++) {
      double a = column / 64.0 - 1.5, b = row / 64.0 - 1.0, x = 0, y = 0;
      int steps = 0;
      while (steps < 256 && x * x + y * y < 4.0) {
        double next_x = x * x - y * y + a;
        y = 2 * x * y + b;
        x = next_x;
        steps++;
      }
      inside += (uint32_t)steps;
    }
  return inside;
}

static uint32_t matmul(void) {
  for (int row = 0; row < SIDE; row++)
    for (int column = 0; column < SIDE; column++) {
      double sum = 0;
      for (int at = 0; at < SIDE; at++) sum += left[row][at] * right[at][column];
      product[row][column] = sum;
    }
  return (uint32_t)product[SIDE / 2][SIDE / 3];
}

static int compare(const void *a, const void *b) {
  uint32_t first = *(const uint32_t *)a, second = *(const uint32_t *)b;
  return (first > second) - (first < second);
}

static uint32_t sort(void) {
  for (int at = 0; at < NUMBERS; at++) numbers[at] = next();
  qsort(numbers, NUMBERS, sizeof numbers[0], compare);
  return numbers[NUMBERS / 2];
}

/** Reads numbers and words out of text, byte by byte. */
static uint32_t parse(void) {
  uint32_t total = 0, number = 0;
  int in_word = 0;
  for (int at = 0; at < BYTES; at++) {
    uint8_t byte = bytes[at] & 127;
    if (byte >= '0' && byte <= '9') number = number * 10 + (byte - '0');
    else if ((byte >= 'a' && byte <= 'z') || byte == '_') in_word = 1;
    else {
      total += number + (uint32_t)in_word;
      number = 0;
      in_word = 0;
    }
  }
  return total;
}

static uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static uint32_t once(const char *name) {
  if (strcmp(name, "sha256") == 0) return sha256();
  if (strcmp(name, "mandelbrot") == 0) return mandelbrot();
  if (strcmp(name, "matmul") == 0) return matmul();
  if (strcmp(name, "sort") == 0) return sort();
  if (strcmp(name, "parse") == 0) return parse();
  if (strcmp(name, "fibonacci") == 0) return fibonacci(24);
  exit(1);
}

int main(int count, char **arguments) {
  char text[16] = {0};
  if (count < 2 || fgets(text, sizeof text, stdin) == NULL) return 1;
  make_constants();
  for (int at = 0; at < BYTES; at++) bytes[at] = (uint8_t)next();
  for (int at = 0; at < SIDE * SIDE; at++) left[at / SIDE][at % SIDE] = right[at % SIDE][at / SIDE] = next() % 1000;
  uint32_t sum = 0;
  for (int left_over = atoi(text); left_over > 0; left_over--) sum += once(arguments[1]);
  printf("%u\n", sum);
  return 0;
}
