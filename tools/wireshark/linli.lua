-- Linli packets in Wireshark: header, message names and, in captures that `linli` has made with
-- keys, the opened body as a second layer. docs/CAPTURE.md says how to install and use it.
--
-- Captures of `linli frames sniff` (LINKTYPE_USER0) are shown as they are opened. For packets in
-- UDP choose "LINLI" under Decode As, for frames on a TCP connection "LINLI frames".

local separator = package.config:sub(1, 1)
local folder = (__DIR__ or "") ~= "" and __DIR__ .. separator or ""
local names = dofile(folder .. "linli_names.lua")

local HEADER_LENGTH = 8
local VERSION = 1
local DOWNLINK, LONG, RELIABLE, FRAGMENT = 0x20, 0x10, 0x08, 0x04
local UINT, NINT, BYTES, TEXT, ARRAY, MAP, TAG, SIMPLE = 0, 1, 2, 3, 4, 5, 6, 7
local MAX_DEPTH = 4

-- Give a protocol what Wireshark's expert information says of its packets: `rows` of text, group
-- and severity by the last part of their names. Return that by the same names.
local function add_experts(protocol, prefix, rows)
    local experts = {}
    for name, row in pairs(rows) do
        experts[name] = ProtoExpert.new(prefix .. ".expert." .. name, row[1],
            expert.group[row[2]], expert.severity[row[3]])
    end
    protocol.experts = experts
    return experts
end

-- The capture's pseudo-header ---------------------------------------------------------------------

local CAPTURE_LENGTH = 20
local CAPTURE_VERSION = 1
local PACKET, DAMAGED, LOG = 0, 1, 2
local OPENED, EPOCH = 0x01, 0x02
local NO_ADDRESS = 0xff

local capture = Proto("linli_capture", "Linli capture")
local c = {
    version = ProtoField.uint8("linli_capture.version", "Version"),
    content = ProtoField.uint8("linli_capture.content", "Content", base.DEC,
        { [PACKET] = "packet", [DAMAGED] = "damaged bytes", [LOG] = "line of text" }),
    bearer = ProtoField.uint8("linli_capture.bearer", "Bearer", base.DEC, names.bearers),
    direction = ProtoField.uint8("linli_capture.direction", "Direction", base.DEC,
        { [0] = "not known", [1] = "uplink", [2] = "downlink" }),
    bus_address = ProtoField.uint8("linli_capture.bus_address", "Polled bus address"),
    flags = ProtoField.uint8("linli_capture.flags", "Flags", base.HEX),
    opened = ProtoField.bool("linli_capture.flags.opened", "Body and counter known", 8, nil, OPENED),
    has_epoch = ProtoField.bool("linli_capture.flags.epoch", "Epoch known", 8, nil, EPOCH),
    packet_length = ProtoField.uint16("linli_capture.packet_length", "Length of the first part"),
    body_length = ProtoField.uint16("linli_capture.body_length", "Length of the body in clear"),
    message_length = ProtoField.uint16("linli_capture.message_length",
        "Length of the message put together"),
    epoch = ProtoField.uint32("linli_capture.epoch", "Epoch"),
    counter = ProtoField.uint32("linli_capture.counter", "Counter"),
    damaged = ProtoField.bytes("linli_capture.damaged", "Damaged bytes"),
    log = ProtoField.string("linli_capture.log", "Text", base.UNICODE),
}
capture.fields = c
local capture_experts = add_experts(capture, "linli_capture", {
    version = { "Written by a newer linli", "UNDECODED", "WARN" },
    length = { "Lengths do not add up", "MALFORMED", "ERROR" },
    damaged = { "No packet: see the comment", "CHECKSUM", "ERROR" },
})

-- The packet --------------------------------------------------------------------------------------

local linli = Proto("linli", "Linli")
local p = {
    version = ProtoField.uint8("linli.version", "Version", base.DEC, nil, 0xc0),
    flags = ProtoField.uint8("linli.flags", "Flags", base.HEX, nil, 0x3c),
    downlink = ProtoField.bool("linli.flags.downlink", "Downlink", 8, nil, DOWNLINK),
    long = ProtoField.bool("linli.flags.long", "Long tag", 8, nil, LONG),
    reliable = ProtoField.bool("linli.flags.reliable", "Reliable", 8, nil, RELIABLE),
    fragment = ProtoField.bool("linli.flags.fragment", "Fragment", 8, nil, FRAGMENT),
    epoch_low = ProtoField.uint8("linli.epoch_low", "Epoch, low two bits", base.DEC, nil, 0x03),
    kind = ProtoField.uint8("linli.kind", "Kind", base.HEX, names.kinds),
    device = ProtoField.uint32("linli.device", "Device", base.HEX),
    counter_low = ProtoField.uint16("linli.counter_low", "Counter, low half"),
    epoch = ProtoField.uint32("linli.epoch", "Epoch"),
    counter = ProtoField.uint32("linli.counter", "Counter"),
    sealed = ProtoField.bytes("linli.sealed", "Sealed body"),
    tag = ProtoField.bytes("linli.tag", "Tag"),
}
linli.fields = p
local experts = add_experts(linli, "linli", {
    truncated = { "Too short for header and tag", "MALFORMED", "ERROR" },
    version = { "Not version 1", "PROTOCOL", "ERROR" },
    kind = { "Unknown kind", "PROTOCOL", "WARN" },
    direction = { "This kind does not go this way", "PROTOCOL", "ERROR" },
    tag = { "This kind takes a tag of another length", "PROTOCOL", "ERROR" },
})

-- The body in clear -------------------------------------------------------------------------------

local body = Proto("linli.body", "Linli body")
local b = {
    priority = ProtoField.uint16("linli.body.priority", "Priority", base.DEC, names.priorities,
        bit.band(bit.lshift(0xff, names.sequence_bits), 0xffff)),
    number = ProtoField.uint16("linli.body.number", "Number", base.DEC, nil,
        bit.lshift(1, names.sequence_bits) - 1),
    fragment = ProtoField.uint8("linli.body.fragment", "Fragment, counted from 0"),
    fragments = ProtoField.uint8("linli.body.fragments", "Fragments"),
    piece = ProtoField.bytes("linli.body.piece", "Piece"),
    message = ProtoField.string("linli.body.message", "Message"),
    unknown = ProtoField.bytes("linli.body.unknown", "Unknown key and its value"),
}
local MAKE = { uint = ProtoField.uint32, int = ProtoField.int32 }
local of_message = {}
for name, type in pairs(names.types) do
    local abbreviation = "linli.body." .. name
    if type == "bytes" then
        of_message[name] = ProtoField.bytes(abbreviation, name)
    else
        of_message[name] = MAKE[type](abbreviation, name)
    end
end
local all = {}
for _, fields in ipairs({ b, of_message }) do
    for _, field in pairs(fields) do
        all[#all + 1] = field
    end
end
body.fields = all
local body_experts = add_experts(body, "linli.body", {
    short = { "Too short for the message's number", "MALFORMED", "ERROR" },
    cbor = { "No map as the catalogue has it", "MALFORMED", "ERROR" },
    missing = { "A required field is missing", "PROTOCOL", "ERROR" },
})

-- Return the item at `at` of CBOR that ends before `stop`: major type, its head's value, where the
-- item's content begins and where the item ends; nil when there is none.
local function item(tvb, at, stop, depth)
    if at >= stop then
        return nil
    end
    local first = tvb(at, 1):uint()
    local major, value = bit.rshift(first, 5), bit.band(first, 0x1f)
    at = at + 1
    if value >= 24 then
        if value > 27 then
            return nil
        end
        local size = bit.lshift(1, value - 24)
        if at + size > stop then
            return nil
        end
        -- What needs eight bytes is beyond every field.
        value = size < 8 and tvb(at, size):uint() or math.huge
        at = at + size
    end
    if major == UINT or major == NINT or major == SIMPLE then
        return major, value, at, at
    end
    if major == BYTES or major == TEXT then
        if value > stop - at then
            return nil
        end
        return major, value, at, at + value
    end
    if major == TAG or depth == 0 or value > stop - at then
        return nil
    end
    local content = at
    for _ = 1, major == MAP and 2 * value or value do
        local inner, _, _, finish = item(tvb, at, stop, depth - 1)
        if inner == nil then
            return nil
        end
        at = finish
    end
    return major, value, content, at
end

local function bits(words, value)
    local set = {}
    for _, one in ipairs(words) do
        if bit.band(value, one[1]) ~= 0 then
            set[#set + 1] = one[2]
        end
    end
    return table.concat(set, ", ")
end

-- Return the words for an integer field, "" when it has none.
local function words_for(kind, name, value)
    if names.times[name] then
        return os.date("!%Y-%m-%d %H:%M:%S UTC", value)
    end
    if names.offsets[name] then
        local minutes = math.abs(value)
        return string.format("UTC%s%02d:%02d", value < 0 and "-" or "+",
            (minutes - minutes % 60) / 60, minutes % 60)
    end
    if name == "flags" then
        return bits(names.flags, value)
    end
    local vocabulary = name == "state" and names.states[kind] or names.vocabulary[name]
    return vocabulary and (vocabulary[value] or "unknown code") or ""
end

local function marks(range)
    local told = {}
    for at = 0, range:len() - 2, 2 do
        local mark = range(at, 2):uint()
        local priority = bit.rshift(mark, names.sequence_bits)
        local number = bit.band(mark, bit.lshift(1, names.sequence_bits) - 1)
        told[#told + 1] = string.format("%s %d", names.priorities[priority] or "unknown", number)
    end
    return table.concat(told, ", ")
end

-- Add one field of a message; return what it says, nil when it is not of its type.
local function add_field(tvb, tree, kind, name, start, major, value, content, finish)
    local range = tvb(start, finish - start)
    if names.types[name] == "bytes" then
        if major ~= BYTES then
            return nil
        end
        if content == finish then
            tree:add(range, name .. ": (empty)")
            return name .. " (empty)"
        end
        local line = tree:add(of_message[name], tvb(content, finish - content))
        if names.marks[name] then
            local told = marks(tvb(content, finish - content))
            line:append_text(" (" .. told .. ")")
            return name .. " " .. told
        end
        return string.format("%s (%d B)", name, finish - content)
    end
    local number = value
    if major == NINT then
        number = -1 - value
    elseif major ~= UINT then
        return nil
    end
    local least, most = 0, 0xffffffff
    if names.types[name] == "int" then
        least, most = -0x80000000, 0x7fffffff
    end
    if number < least or number > most then
        return nil
    end
    local line = tree:add(of_message[name], range, number)
    local told = words_for(kind, name, number)
    if told == "" then
        return string.format("%s %d", name, number)
    end
    line:append_text(" (" .. told .. ")")
    return name .. " " .. told
end

-- Show the message that lies between `at` and `stop`; return what it says.
local function show_message(tvb, at, stop, tree, kind)
    local range = at < stop and tvb(at, stop - at) or tvb(at, 0)
    local branch = tree:add(b.message, range, names.kinds[kind] or "unknown")
    local fields = names.fields[kind] or {}
    local major, count, content, finish = item(tvb, at, stop, MAX_DEPTH)
    if major ~= MAP or finish ~= stop then
        branch:add_proto_expert_info(body_experts.cbor)
        return "malformed body"
    end
    local said, seen = {}, {}
    at = content
    for _ = 1, count do
        local start = at
        local key_major, key, _, after = item(tvb, at, stop, MAX_DEPTH - 1)
        local value_major, value, value_at, value_end = item(tvb, after, stop, MAX_DEPTH - 1)
        at = value_end
        local name = key_major == UINT and fields[key] or nil
        if name then
            seen[key] = true
            local told = add_field(tvb, branch, kind, name, start, value_major, value, value_at, at)
            if told then
                said[#said + 1] = told
            else
                branch:add_proto_expert_info(body_experts.cbor, name .. " is of another type")
            end
        else
            branch:add(b.unknown, tvb(start, at - start))
        end
    end
    for key = 1, names.required[kind] or 0 do
        if not seen[key] then
            branch:add_proto_expert_info(body_experts.missing, fields[key] .. " is missing")
        end
    end
    return table.concat(said, ", ")
end

-- Show a body in clear, at `at` in the capture, and the message behind it; return what it says.
local function show_body(tvb, at, length, message_length, tree, header)
    local stop = at + length
    local branch = tree:add(body, tvb(at, length + message_length),
        "Linli body, opened: " .. (names.kinds[header.kind] or "unknown"))
    if bit.band(header.flags, RELIABLE) == 0 then
        return show_message(tvb, at, stop, branch, header.kind)
    end
    local is_fragment = bit.band(header.flags, FRAGMENT) ~= 0
    if length < (is_fragment and 4 or 2) then
        branch:add_proto_expert_info(body_experts.short)
        return "malformed body"
    end
    branch:add(b.priority, tvb(at, 2))
    branch:add(b.number, tvb(at, 2))
    if not is_fragment then
        return show_message(tvb, at + 2, stop, branch, header.kind)
    end
    branch:add(b.fragment, tvb(at + 2, 1))
    branch:add(b.fragments, tvb(at + 3, 1))
    if length > 4 then
        branch:add(b.piece, tvb(at + 4, length - 4))
    end
    local said = string.format("fragment %d of %d", tvb(at + 2, 1):uint(), tvb(at + 3, 1):uint())
    if message_length > 0 then
        said = said .. ", " .. show_message(tvb, stop, stop + message_length, branch, header.kind)
    end
    return said
end

-- Show the packet that lies between `at` and `stop`. `known` has the epoch and counter of an opened
-- one. Return its header, nil when it has none, and its line in the tree.
local function show_packet(tvb, at, stop, pinfo, tree, known)
    local length = stop - at
    pinfo.cols.protocol = "LINLI"
    local branch = tree:add(linli, tvb(at, length))
    if length < HEADER_LENGTH then
        branch:add_proto_expert_info(experts.truncated)
        pinfo.cols.info:append("truncated packet ")
        return nil, branch
    end
    local first = tvb(at, 1)
    local header = {
        flags = bit.band(first:uint(), 0x3c),
        kind = tvb(at + 1, 1):uint(),
        device = tvb(at + 2, 4):uint(),
        counter_low = tvb(at + 6, 2):uint(),
    }
    local version = branch:add(p.version, first)
    local flags = branch:add(p.flags, first)
    for _, name in ipairs({ "downlink", "long", "reliable", "fragment" }) do
        flags:add(p[name], first)
    end
    branch:add(p.epoch_low, first)
    local kind = branch:add(p.kind, tvb(at + 1, 1))
    branch:add(p.device, tvb(at + 2, 4))
    branch:add(p.counter_low, tvb(at + 6, 2))
    if known then
        if known.epoch then
            branch:add(p.epoch, known.epoch):set_generated()
        end
        branch:add(p.counter, known.counter):set_generated()
    end

    local is_down = bit.band(header.flags, DOWNLINK) ~= 0
    local is_long = bit.band(header.flags, LONG) ~= 0
    if bit.rshift(first:uint(), 6) ~= VERSION then
        version:add_proto_expert_info(experts.version)
    elseif not names.kinds[header.kind] then
        kind:add_proto_expert_info(experts.kind)
    else
        if names.only_up[header.kind] and is_down or names.only_down[header.kind] and not is_down then
            kind:add_proto_expert_info(experts.direction)
        end
        if is_long ~= (names.long_tag[header.kind] or false) then
            kind:add_proto_expert_info(experts.tag)
        end
    end
    local tag_length = is_long and 16 or 8
    if length < HEADER_LENGTH + tag_length then
        branch:add_proto_expert_info(experts.truncated)
    else
        if length > HEADER_LENGTH + tag_length then
            branch:add(p.sealed, tvb(at + HEADER_LENGTH, length - HEADER_LENGTH - tag_length))
        end
        branch:add(p.tag, tvb(stop - tag_length, tag_length))
    end

    local name = names.kinds[header.kind] or string.format("kind 0x%02x", header.kind)
    local device = string.format("%08x", header.device)
    branch:append_text(string.format(", %s, device %s", name, device))
    pinfo.cols.src = is_down and "hub" or device
    pinfo.cols.dst = is_down and device or "hub"
    pinfo.cols.info:append(string.format("%s %s ", name,
        string.format(known and "#%d" or "~%d", known and known.counter or header.counter_low)))
    return header, branch
end

function linli.dissector(tvb, pinfo, tree)
    pinfo.cols.info = ""
    show_packet(tvb, 0, tvb:len(), pinfo, tree, nil)
    return tvb:len()
end

function capture.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = "LINLI"
    pinfo.cols.info = ""
    local length = tvb:len()
    local branch = tree:add(capture, tvb(0, math.min(CAPTURE_LENGTH, length)))
    if length < CAPTURE_LENGTH then
        branch:add_proto_expert_info(capture_experts.length)
        return length
    end
    local version = branch:add(c.version, tvb(0, 1))
    if tvb(0, 1):uint() ~= CAPTURE_VERSION then
        version:add_proto_expert_info(capture_experts.version)
        return length
    end
    local content, flag_bits = tvb(1, 1):uint(), tvb(5, 1):uint()
    branch:add(c.content, tvb(1, 1))
    branch:add(c.bearer, tvb(2, 1))
    branch:add(c.direction, tvb(3, 1))
    local bus_address = tvb(4, 1):uint()
    if bus_address ~= NO_ADDRESS then
        branch:add(c.bus_address, tvb(4, 1))
    end
    local flags = branch:add(c.flags, tvb(5, 1))
    flags:add(c.opened, tvb(5, 1))
    flags:add(c.has_epoch, tvb(5, 1))
    branch:add(c.packet_length, tvb(6, 2))
    branch:add(c.body_length, tvb(8, 2))
    branch:add(c.message_length, tvb(10, 2))
    local first, second, third = tvb(6, 2):uint(), tvb(8, 2):uint(), tvb(10, 2):uint()
    local known = nil
    if bit.band(flag_bits, OPENED) ~= 0 then
        known = { counter = tvb(16, 4):uint() }
        if bit.band(flag_bits, EPOCH) ~= 0 then
            known.epoch = tvb(12, 4):uint()
            branch:add(c.epoch, tvb(12, 4))
        end
        branch:add(c.counter, tvb(16, 4))
    end
    if CAPTURE_LENGTH + first + second + third ~= length then
        branch:add_proto_expert_info(capture_experts.length)
    end
    -- A capture that was cut short has less than it says.
    local packet_end = math.min(CAPTURE_LENGTH + first, length)
    local packet = packet_end > CAPTURE_LENGTH and tvb(CAPTURE_LENGTH, packet_end - CAPTURE_LENGTH)
    if content == LOG then
        if packet then
            branch:add_packet_field(c.log, packet, ENC_UTF_8)
            -- Without colours, or what else a terminal would obey.
            local plain = packet:string(ENC_UTF_8):gsub("\27%[[%d;]*m", ""):gsub("%c", ".")
            pinfo.cols.info:append(plain)
        end
        return length
    end
    if content ~= PACKET then
        local line = packet and branch:add(c.damaged, packet) or branch
        line:add_proto_expert_info(capture_experts.damaged)
        pinfo.cols.info:append(string.format("damaged, %d B", first))
        return length
    end
    if bus_address ~= NO_ADDRESS then
        pinfo.cols.info:append(string.format("poll of %d ", bus_address))
    end
    if not packet then
        return length
    end
    local header = show_packet(tvb, CAPTURE_LENGTH, packet_end, pinfo, tree, known)
    local is_whole = packet_end + second + third <= length
    if header and known and second > 0 and is_whole then
        pinfo.cols.info:append(show_body(tvb, packet_end, second, third, tree, header))
    end
    return length
end

-- Frames on a TCP connection ----------------------------------------------------------------------

local MAX_CANDIDATE = 260
local frames = Proto("linli.frames", "Linli frames")
local frame_experts = add_experts(frames, "linli.frames", {
    damaged = { "No frame: COBS or CRC is wrong", "CHECKSUM", "ERROR" },
})

local function crc16(text)
    local crc = 0xffff
    for at = 1, #text do
        crc = bit.bxor(crc, text:byte(at))
        for _ = 1, 8 do
            local low = bit.band(crc, 1)
            crc = bit.rshift(crc, 1)
            if low == 1 then
                crc = bit.bxor(crc, 0x8408)
            end
        end
    end
    return bit.band(bit.bnot(crc), 0xffff)
end

-- Return the packet in a frame (strings), nil when it is damaged.
local function unframed(candidate)
    local parts, at = {}, 1
    while at <= #candidate do
        local block = candidate:byte(at)
        if at + block - 1 > #candidate then
            return nil
        end
        parts[#parts + 1] = candidate:sub(at + 1, at + block - 1)
        at = at + block
        if block < 0xff and at <= #candidate then
            parts[#parts + 1] = "\0"
        end
    end
    local content = table.concat(parts)
    if #content < 2 then
        return nil
    end
    local packet = content:sub(1, -3)
    local low, high = content:byte(-2, -1)
    return crc16(packet) == low + 256 * high and packet or nil
end

function frames.dissector(tvb, pinfo, tree)
    pinfo.cols.protocol = "LINLI"
    pinfo.cols.info = ""
    local stream, at = tvb:raw(), 1
    while at <= #stream do
        local finish = stream:find("\0", at, true)
        if not finish and #stream - at < MAX_CANDIDATE then
            pinfo.desegment_offset = at - 1
            pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
            return #stream
        end
        finish = finish or #stream + 1
        if finish > at then
            local packet = unframed(stream:sub(at, finish - 1))
            if packet and #packet > 0 then
                local inner = ByteArray.new(packet, true):tvb("Linli packet")
                show_packet(inner, 0, inner:len(), pinfo, tree, nil)
            else
                tree:add(frames, tvb(at - 1, finish - at))
                    :add_proto_expert_info(frame_experts.damaged)
            end
        end
        at = finish + 1
    end
    return #stream
end

DissectorTable.get("wtap_encap"):add(wtap.USER0, capture)
DissectorTable.get("udp.port"):add_for_decode_as(linli)
DissectorTable.get("tcp.port"):add_for_decode_as(frames)
