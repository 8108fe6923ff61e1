#pragma once
#include "storage/disk_tree.hpp"

#include <memory>
#include <string>
#include <vector>

namespace vitrina {

// Goes through all finished objects whose key begins with `prefix`, or all unfinished ones, a page at a time. Holds one
// open directory per level, whatever the number of objects. Blocks.
class DiskWalk {
public:
    enum class Which { finished, unfinished };

    DiskWalk(DiskTree& tree, std::string prefix, Which which);
    ~DiskWalk();

    // Empty at the end.
    std::vector<ObjectInfo> next_page();

private:
    struct Level;

    void descend(Descriptor directory, std::string path);
    // Adds what one directory entry stands for.
    void visit(const char* name, std::vector<ObjectInfo>& page);

    std::string prefix_;
    Which which_;
    std::vector<Level> levels_;
};

} // namespace vitrina
