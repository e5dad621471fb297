/*
 * A virtio entropy device behind QEMU's qtest protocol on stdin and stdout: the skeleton of an endpoint for a VMM of
 * your own.
 *
 *     cc -O2 -o ENDPOINT ENDPOINT.c
 *     virtcheck run --target 'qtest:exec:./ENDPOINT' --describe ENDPOINT.json
 *
 * main() and command() are the protocol; reg_read() and reg_write() are the device, and what you would replace.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGISTERS 0x0a000000u
#define REGISTERS_SIZE 0x200u
#define MEMORY 0x40000000u
#define MEMORY_SIZE 0x100000u
#define QUEUE_SIZE_MAX 64u
#define LINE_SIZE (4u * MEMORY_SIZE)

enum { ST_DRIVER_OK = 4, ST_FEATURES_OK = 8, ST_NEEDS_RESET = 64 };
enum { DESC_NEXT = 1, DESC_WRITE = 2, DESC_INDIRECT = 4 };

static uint8_t memory[MEMORY_SIZE];
static uint32_t status, features_sel, driver_sel, driver_features[2], queue_sel, interrupt_status;
static struct {
    uint32_t size, ready, half[6];
    uint16_t avail, used;
} queue;

/* Guest memory: every address comes from the driver, so none is followed before it is checked. */

static uint8_t *at(uint64_t address, uint64_t size)
{
    if (address < MEMORY || size > MEMORY_SIZE || address - MEMORY > MEMORY_SIZE - size)
        return NULL;
    return memory + (address - MEMORY);
}

static uint64_t get(const uint8_t *from, int size)
{
    uint64_t value = 0;
    while (size-- > 0)
        value = value << 8 | from[size];
    return value;
}

static void put(uint8_t *to, int size, uint64_t value)
{
    for (; size-- > 0; value >>= 8)
        *to++ = (uint8_t)value;
}

/* The device (VIRTIO 1.4, 2.7 and 5.4). */

static uint64_t area(int which)
{
    return (uint64_t)queue.half[2 * which + 1] << 32 | queue.half[2 * which];
}

/* Fills the writable buffers of a chain; returns how many bytes were written, or -1 if the driver broke a rule. */
static int64_t fill(const uint8_t *table, uint32_t index)
{
    uint32_t written = 0;
    for (uint32_t steps = 0; index < queue.size && steps < queue.size; steps++) {
        const uint8_t *desc = table + 16 * index;
        uint32_t length = (uint32_t)get(desc + 8, 4), flags = (uint32_t)get(desc + 12, 2);
        if (flags & DESC_INDIRECT)
            return -1;
        if (flags & DESC_WRITE) {
            uint8_t *buffer = at(get(desc, 8), length);
            if (buffer == NULL)
                return -1;
            for (uint32_t i = 0; i < length; i++)
                buffer[i] = (uint8_t)(rand() >> 7);
            written += length;
        }
        if (!(flags & DESC_NEXT))
            return written;
        index = (uint32_t)get(desc + 14, 2);
    }
    return -1;
}

/* Serves everything that is available; returns -1 if the driver broke a rule that only a reset cures. */
static int serve(void)
{
    uint32_t size = queue.size;
    if (size == 0 || size > QUEUE_SIZE_MAX || (size & (size - 1)) != 0)
        return -1;
    uint8_t *table = at(area(0), 16 * size), *avail = at(area(1), 6 + 2 * size), *used = at(area(2), 6 + 8 * size);
    if (table == NULL || avail == NULL || used == NULL || area(0) % 16 || area(1) % 2 || area(2) % 4)
        return -1;
    uint16_t target = (uint16_t)get(avail + 2, 2);
    if ((uint16_t)(target - queue.avail) > size)
        return -1;
    if (target == queue.avail)
        return 0;
    while (queue.avail != target) {
        uint32_t head = (uint32_t)get(avail + 4 + 2 * (queue.avail % size), 2);
        int64_t written = fill(table, head);
        if (written < 0)
            return -1;
        put(used + 4 + 8 * (queue.used % size), 4, head);
        put(used + 8 + 8 * (queue.used % size), 4, (uint64_t)written);
        queue.avail++;
        put(used + 2, 2, ++queue.used);
    }
    if (!(get(avail, 2) & 1))
        interrupt_status |= 1;
    return 0;
}

static void write_status(uint32_t value)
{
    if (value == 0) {
        status = features_sel = driver_sel = queue_sel = interrupt_status = 0;
        memset(driver_features, 0, sizeof driver_features);
        memset(&queue, 0, sizeof queue);
        return;
    }
    value &= 0xffu & ~(uint32_t)ST_NEEDS_RESET;
    /* Nothing that was not offered, and VERSION_1, which is all that is. */
    if ((value & ST_FEATURES_OK) && !(status & ST_FEATURES_OK) && (driver_features[0] != 0 || driver_features[1] != 1))
        value &= ~(uint32_t)ST_FEATURES_OK;
    status = value | (status & ST_NEEDS_RESET);
}

static uint32_t reg_read(uint32_t offset)
{
    switch (offset) {
    case 0x000: return 0x74726976; /* "virt" */
    case 0x004: return 2;
    case 0x008: return 4; /* entropy */
    case 0x00c: return 0x4b434556;
    case 0x010: return features_sel == 1 ? 1 : 0;
    case 0x034: return queue_sel == 0 ? QUEUE_SIZE_MAX : 0;
    case 0x044: return queue_sel == 0 ? queue.ready : 0;
    case 0x060: return interrupt_status;
    case 0x070: return status;
    case 0x0b0: case 0x0b4: case 0x0b8: case 0x0bc: return 0xffffffff; /* no shared memory */
    default: return 0;
    }
}

static void reg_write(uint32_t offset, uint32_t value)
{
    static const uint32_t halves[6] = { 0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4 };
    switch (offset) {
    case 0x014: features_sel = value; return;
    case 0x020:
        if (!(status & ST_FEATURES_OK) && driver_sel < 2)
            driver_features[driver_sel] = value;
        return;
    case 0x024: driver_sel = value; return;
    case 0x030: queue_sel = value; return;
    case 0x044:
        if (queue_sel != 0)
            return;
        if (value == 1 && !queue.ready)
            queue.avail = queue.used = 0;
        queue.ready = value == 1;
        return;
    case 0x050:
        if (value != 0 || !queue.ready || !(status & ST_DRIVER_OK) || (status & ST_NEEDS_RESET))
            return;
        if (serve() < 0) {
            status |= ST_NEEDS_RESET;
            interrupt_status |= 2;
        }
        return;
    case 0x064: interrupt_status &= ~value; return;
    case 0x070: write_status(value); return;
    default: break;
    }
    if (queue_sel != 0 || queue.ready)
        return;
    if (offset == 0x038)
        queue.size = value;
    for (int i = 0; i < 6; i++)
        if (offset == halves[i])
            queue.half[i] = value;
}

/* The protocol: a command a line, an answer a line. */

static int is_register(uint64_t address)
{
    return address >= REGISTERS && address - REGISTERS < REGISTERS_SIZE;
}

static const char BASE64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void decode64(const char *text, uint8_t *to, uint64_t size)
{
    uint32_t bits = 0, held = 0;
    for (; size > 0 && *text != '\0' && *text != '='; text++) {
        const char *digit = strchr(BASE64, *text);
        bits = bits << 6 | (digit == NULL ? 0 : (uint32_t)(digit - BASE64));
        if ((held += 6) < 8)
            continue;
        *to++ = (uint8_t)(bits >> (held -= 8));
        size--;
    }
}

static void print64(const uint8_t *from, uint64_t size)
{
    printf("OK ");
    for (uint64_t i = 0; i < size; i += 3) {
        uint32_t left = size - i < 3 ? (uint32_t)(size - i) : 3, bits = 0;
        for (uint32_t k = 0; k < 3; k++)
            bits = bits << 8 | (k < left ? from[i + k] : 0);
        for (uint32_t k = 0; k < 4; k++)
            putchar(k <= left ? BASE64[bits >> (18 - 6 * k) & 63] : '=');
    }
    putchar('\n');
}

static void decode_hex(const char *text, uint8_t *to, uint64_t size)
{
    for (uint64_t i = 0; i < size; i++) {
        char digits[3] = { text[2 * i], text[2 * i + 1], '\0' };
        to[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
}

static void command(char *line)
{
    char *name = strtok(line, " \n"), *first = strtok(NULL, " \n"), *second = strtok(NULL, " \n"), *third = strtok(NULL, " \n");
    if (name == NULL)
        return;
    if (strcmp(name, "endianness") == 0) {
        puts("OK little");
        return;
    }
    uint64_t address = first == NULL ? 0 : strtoull(first, NULL, 0), number = second == NULL ? 0 : strtoull(second, NULL, 0);
    size_t length = strlen(name);
    const char *widths = "bwlq", *width = strchr(widths, name[length - 1]);
    int size = width == NULL ? 0 : 1 << (width - widths), known = 1;
    uint8_t *bytes;
    if (length == 5 && strncmp(name, "read", 4) == 0 && size > 0) {
        uint64_t value = 0;
        if (is_register(address))
            value = size == 4 ? reg_read((uint32_t)(address - REGISTERS)) : 0;
        else if ((bytes = at(address, (uint64_t)size)) != NULL)
            value = get(bytes, size);
        printf("OK 0x%016llx\n", (unsigned long long)value);
        return;
    }
    if (length == 6 && strncmp(name, "write", 5) == 0 && size > 0) {
        if (is_register(address) && size == 4)
            reg_write((uint32_t)(address - REGISTERS), (uint32_t)number);
        else if ((bytes = at(address, (uint64_t)size)) != NULL)
            put(bytes, size, number);
    } else if (strcmp(name, "read") == 0 && (bytes = at(address, number)) != NULL) {
        printf("OK 0x");
        for (uint64_t i = 0; i < number; i++)
            printf("%02x", bytes[i]);
        putchar('\n');
        return;
    } else if (strcmp(name, "b64read") == 0 && (bytes = at(address, number)) != NULL) {
        print64(bytes, number);
        return;
    } else if (strcmp(name, "write") == 0 && third != NULL && (bytes = at(address, number)) != NULL) {
        decode_hex(third + 2, bytes, number);
    } else if (strcmp(name, "b64write") == 0 && third != NULL && (bytes = at(address, number)) != NULL) {
        decode64(third, bytes, number);
    } else if (strcmp(name, "memset") == 0 && third != NULL && (bytes = at(address, number)) != NULL) {
        memset(bytes, (int)strtoul(third, NULL, 0), number);
    } else {
        known = 0;
    }
    puts(known ? "OK" : "FAIL unknown command or address");
}

int main(void)
{
    static char line[LINE_SIZE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        command(line);
        fflush(stdout);
    }
    return 0;
}
