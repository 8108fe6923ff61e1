#include "storage/memory_store.hpp"
#include "storage/object_store_contract.hpp"

#include <doctest/doctest.h>

using namespace vitrina;

TEST_CASE("memory store: the object store contract")
{
    const auto store = make_memory_store();
    check_object_store_contract(*store);
}
