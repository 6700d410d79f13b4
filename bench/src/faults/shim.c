/* A disk that keeps what was flushed and nothing else. Preloaded into a program, it copies a file of the folder POWER_WATCH
 * to the folder POWER_IMAGE each time the program has flushed it. What is in the image then is what a power cut would have
 * left in the worst case; names that are gone by then are gone with it, as where the file system keeps a journal of names. Each copy takes its place in one step, so that the image is whole whenever the program is killed;
 * the program hears of its flush only afterwards. */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

static int copy(const char *from, const char *image, const char *name) {
  char unfinished[PATH_MAX], finished[PATH_MAX];
  snprintf(unfinished, sizeof unfinished, "%s/%s.unfinished", image, name);
  snprintf(finished, sizeof finished, "%s/%s", image, name);
  int in = open(from, O_RDONLY | O_CLOEXEC);
  int out = open(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  ssize_t sent = in < 0 || out < 0 ? -1 : 1;
  while (sent > 0) sent = sendfile(out, in, NULL, 1 << 20);
  if (in >= 0) close(in);
  if (out >= 0) close(out);
  return sent < 0 ? -1 : rename(unfinished, finished);
}

/* A journal of SQLite that has been deleted must not come back from an old image and undo what came after it. */
static void forget(const char *watch, const char *image) {
  char path[PATH_MAX];
  DIR *folder = opendir(image);
  for (struct dirent *entry; folder && (entry = readdir(folder));) {
    if (entry->d_name[0] == '.') continue;
    snprintf(path, sizeof path, "%s/%s", watch, entry->d_name);
    if (!access(path, F_OK)) continue;
    snprintf(path, sizeof path, "%s/%s", image, entry->d_name);
    unlink(path);
  }
  if (folder) closedir(folder);
}

static void keep(int fd) {
  const char *watch = getenv("POWER_WATCH"), *image = getenv("POWER_IMAGE");
  char link[64], path[PATH_MAX];
  struct stat about;
  if (!watch || !image || fstat(fd, &about) || !S_ISREG(about.st_mode)) return;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return;
  path[length] = 0;
  const char *name = strrchr(path, '/');
  size_t folder = (size_t)(name - path);
  if (strlen(watch) != folder || strncmp(path, watch, folder)) return;
  pthread_mutex_lock(&one_at_a_time);
  /* A disk that cannot keep what it promised is no disk: better no figures than wrong ones. */
  if (copy(path, image, name + 1)) abort();
  forget(watch, image);
  pthread_mutex_unlock(&one_at_a_time);
}

static int flushed(const char *name, int fd) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  int done = real(fd);
  if (!done) keep(fd);
  return done;
}

int fsync(int fd) { return flushed("fsync", fd); }
int fdatasync(int fd) { return flushed("fdatasync", fd); }
