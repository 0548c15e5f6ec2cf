// SPDX-License-Identifier: Apache-2.0
using System.Collections.Immutable;
using System.Globalization;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <summary>The byte examples of the ABI sheet, section 3.2: little endian, family 0x1c, group 7, device id 5.</summary>
internal static class NetlinkVectors
{
    internal const string GetFamily =
        "24 00 00 00 10 00 05 00 01 00 00 00 00 00 00 00" // length 36, nlctrl, REQUEST|ACK, number 1
        + " 03 01 00 00" // GETFAMILY, version 1
        + " 0d 00 02 00 54 43 4d 2d 55 53 45 52 00 00 00 00"; // FAMILY_NAME "TCM-USER"

    internal const string MulticastGroups =
        "1c 00 07 00" // MCAST_GROUPS
        + " 18 00 01 00" // element 1
        + " 08 00 02 00 07 00 00 00" // GRP_ID 7
        + " 0b 00 01 00 63 6f 6e 66 69 67 00 00"; // GRP_NAME "config"

    internal const string SetFeatures =
        "1c 00 00 00 1c 00 05 00 02 00 00 00 00 00 00 00" // length 28, family, REQUEST|ACK, number 2
        + " 07 02 00 00" // SET_FEATURES, version 2
        + " 05 00 09 00 01 00 00 00"; // SUPP_KERN_CMD_REPLY 1

    internal const string Added =
        "40 00 00 00 1c 00 00 00 00 00 00 00 00 00 00 00" // length 64, family
        + " 01 02 00 00" // ADDED_DEVICE, version 2
        + " 1a 00 01 00 74 63 6d 2d 75 73 65 72 2f 30 2f 64 31 2f 66 69 6c 65 2f 2f 61 00 00 00" // DEVICE
        + " 08 00 02 00 00 00 00 00" // MINOR 0
        + " 08 00 08 00 05 00 00 00"; // DEVICE_ID 5

    internal const string AddedDone =
        "24 00 00 00 1c 00 05 00 03 00 00 00 00 00 00 00" // length 36, family, REQUEST|ACK, number 3
        + " 04 02 00 00" // ADDED_DEVICE_DONE, version 2
        + " 08 00 07 00 00 00 00 00" // CMD_STATUS 0
        + " 08 00 08 00 05 00 00 00"; // DEVICE_ID 5

    internal const string AddedDoneNotFound =
        "24 00 00 00 1c 00 05 00 04 00 00 00 00 00 00 00"
        + " 04 02 00 00"
        + " 08 00 07 00 fe ff ff ff" // CMD_STATUS -2
        + " 08 00 08 00 05 00 00 00";

    internal static GenericNetlinkFamily Family { get; } =
        new(0x1c, 2, ImmutableDictionary<string, uint>.Empty.Add("config", 7));

    internal static byte[] Bytes(string hex) =>
        [.. hex.Split(' ').Select(text => byte.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
}
