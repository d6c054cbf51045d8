// outrider-actuator as a program: reads its list, listens, and does errands until it is told to end.
#pragma once

namespace outrider::errand {

int run(int count, char** words, const char* version);

}  // namespace outrider::errand
