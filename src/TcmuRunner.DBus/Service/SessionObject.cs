// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.DBus.Objects;

namespace TcmuRunner.DBus.Service;

/// <summary>The object of one session.</summary>
internal sealed class SessionObject
{
    private readonly ITargetsControl _control;

    internal SessionObject(SessionFacts facts, ITargetsControl control)
    {
        _control = control;
        Known = facts;
        Path = $"{TargetObject.PathOf(facts.TargetName, facts.Tag)}/session{facts.Id}";
        Interface = new BusInterface(ServiceNames.Session)
        {
            Methods = [new BusMethod("LogOut", [new("seconds", "u")], [], LogOutAsync)],
            Properties =
            [
                new BusProperty("Id", "t", () => Known.Id, "const"),
                new BusProperty("Target", "s", () => Known.TargetName, "const"),
                new BusProperty("Tag", "q", () => Known.Tag, "const"),
                new BusProperty("Initiator", "s", () => Known.InitiatorName, "const"),
                new BusProperty("InitiatorSessionId", "s", () => Known.InitiatorSessionId, "const"),
                new BusProperty("Handle", "q", () => Known.Handle, "const"),
                new BusProperty("Connections", "a" + ConnectionFacts.Signature, () => Known.Connections.Select(connection => connection.ToBus()), "true"),
                new BusProperty("Commands", "t", () => Latest.Commands),
                new BusProperty("BytesRead", "t", () => Latest.BytesRead),
                new BusProperty("BytesWritten", "t", () => Latest.BytesWritten),
                new BusProperty("Errors", "t", () => Latest.Errors),
                new BusProperty("CommandsInFlight", "u", () => Latest.CommandsInFlight),
            ],
        };
    }

    /// <summary>Where it is.</summary>
    internal string Path { get; }

    /// <summary>What it offers.</summary>
    internal BusInterface Interface { get; }

    /// <summary>The session as it was last announced.</summary>
    internal SessionFacts Known
    {
        get => Volatile.Read(ref field);
        set => Volatile.Write(ref field, value);
    }

    // Counters are not announced: who asks gets those of now.
    private SessionFacts Latest => _control.FindSession(Known.Id) ?? Known;

    private async Task<object[]> LogOutAsync(BusCall call)
    {
        await _control.LogOutAsync(Known, (uint)call.Arguments[0]).ConfigureAwait(false);
        return [];
    }
}
