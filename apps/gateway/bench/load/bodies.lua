-- What `wrk` (load-programs.ts) posts: the lines of a file, one after the other, made into requests before the first is sent.
local requests, count, at = {}, 0, 0

function init(arguments)
  local headers = { ["content-type"] = "application/json" }
  for body in io.lines(arguments[1]) do
    count = count + 1
    requests[count] = wrk.format("POST", nil, headers, body)
  end
end

function request()
  at = at % count + 1
  return requests[at]
end

-- Tells all times, in microseconds, with how many requests took each: what wrk itself makes of them says something else (load-programs.ts).
function done(summary, latency)
  io.write("duration ", summary.duration, "\n")
  for i = 1, #latency do
    local time, count = latency(i)
    io.write("took ", time, " ", count, "\n")
  end
end
