/* Lets every n-th call of one system function on the ledger's own files fail with EIO: FAIL=fsync:7. For LD_PRELOAD. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static int is_due(const char *name)
{
    static unsigned calls;
    const char *told = getenv("FAIL");
    size_t length = strlen(name);
    if (!told || strncmp(told, name, length) || told[length] != ':')
        return 0;
    if (++calls % (unsigned)atoi(told + length + 1))
        return 0;
    errno = EIO;
    return 1;
}

static int is_ours(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return strstr(path, "ledger.db") != NULL;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) { return is_ours(fd) && is_due("fsync") ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return is_ours(fd) && is_due("fsync") ? -1 : REAL(fdatasync)(fd); }

ssize_t pwrite(int fd, const void *data, size_t count, off_t place)
{
    return is_ours(fd) && is_due("write") ? -1 : REAL(pwrite)(fd, data, count, place);
}

ssize_t pwrite64(int fd, const void *data, size_t count, off64_t place)
{
    return is_ours(fd) && is_due("write") ? -1 : REAL(pwrite64)(fd, data, count, place);
}

ssize_t write(int fd, const void *data, size_t count)
{
    return is_ours(fd) && is_due("write") ? -1 : REAL(write)(fd, data, count);
}
