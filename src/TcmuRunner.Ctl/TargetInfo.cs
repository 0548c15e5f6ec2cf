// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl;

/// <summary>A portal group of a target of the daemon's iSCSI front.</summary>
/// <param name="ObjectPath">Its object on the bus.</param>
/// <param name="Facts">Its facts, as the daemon tells them.</param>
internal sealed record TargetInfo(string ObjectPath, TargetFacts Facts)
{
    /// <summary>Reads the properties that it has on the bus.</summary>
    internal static TargetInfo Read(string path, BusProperties properties) => new(path, new TargetFacts
    {
        Name = properties.Get<string>("Name"),
        Tag = properties.Get<ushort>("Tag"),
        IsEnabled = properties.Get<bool>("IsEnabled"),
        AllowsAnyInitiator = properties.Get<bool>("AllowsAnyInitiator"),
        NeedsAuthentication = properties.Get<bool>("NeedsAuthentication"),
        Portals = [.. properties.GetList<string>("Portals")],
        Luns =
        [
            .. properties.GetList<object[]>("Luns")
                .Select(lun => new LunFacts((ushort)lun[0], (string)lun[1], (string)lun[2], (ulong)lun[3], (uint)lun[4])),
        ],
        Initiators = [.. properties.GetList<object[]>("Initiators").Select(initiator => new InitiatorFacts((string)initiator[0], (bool)initiator[1]))],
    });
}
