// Getting a file from the network with the program curl.

#ifndef PES_CLI_FETCH_H
#define PES_CLI_FETCH_H

// Downloads `url` to `path`. CLI_OK, or CLI_FAILED after a sentence; then there is no file.
int fetch_file(const char *url, const char *path);

#endif // PES_CLI_FETCH_H
