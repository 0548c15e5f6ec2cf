// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Service;

namespace TcmuRunner.Ctl;

/// <summary>A session of the daemon's iSCSI front.</summary>
/// <param name="ObjectPath">Its object on the bus.</param>
/// <param name="Facts">Its facts, as the daemon tells them.</param>
internal sealed record SessionInfo(string ObjectPath, SessionFacts Facts)
{
    /// <summary>Reads the properties that it has on the bus.</summary>
    internal static SessionInfo Read(string path, BusProperties properties) => new(path, new SessionFacts
    {
        Id = properties.Get<ulong>("Id"),
        TargetName = properties.Get<string>("Target"),
        Tag = properties.Get<ushort>("Tag"),
        InitiatorName = properties.Get<string>("Initiator"),
        InitiatorSessionId = properties.Get<string>("InitiatorSessionId"),
        Handle = properties.Get<ushort>("Handle"),
        Connections =
        [
            .. properties.GetList<object[]>("Connections")
                .Select(connection => new ConnectionFacts((ushort)connection[0], (string)connection[1], (string)connection[2])),
        ],
        Commands = properties.Get<ulong>("Commands"),
        BytesRead = properties.Get<ulong>("BytesRead"),
        BytesWritten = properties.Get<ulong>("BytesWritten"),
        Errors = properties.Get<ulong>("Errors"),
        CommandsInFlight = properties.Get<uint>("CommandsInFlight"),
    });
}
