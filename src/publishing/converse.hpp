#pragma once
#include "publishing/platform.hpp"
#include "publishing/wire.hpp"

#include <functional>

namespace vitrina {

// Told of every question with what became of it.
using Heard = std::function<void(const Send&, const Wire::Outcome&)>;

// Carries a short conversation, whose questions may all be repeated, to its first step that is no Send.
Task<Step> converse(Wire& wire, Conversation& conversation, Secret token, ContentSource* file = nullptr,
                    Heard heard = {});

// The same with what a consent brought; a question without an answer ends it as GrantLater.
Task<ConsentStep> converse(Wire& wire, ConsentExchange& exchange);

} // namespace vitrina
