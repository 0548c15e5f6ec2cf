// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;

namespace TcmuRunner.Iscsi.Sessions;

/// <summary>Something with a socket that a <see cref="Hub"/> watches. Called on the hub's loop.</summary>
internal interface IHubMember
{
    /// <summary>The socket.</summary>
    SafeHandle Socket { get; }

    /// <summary>The hub's number for the member while it is watched.</summary>
    int HubIndex { get; set; }

    /// <summary>Something happened at the socket: bits of epoll(7), told once for each change.</summary>
    void OnEvents(uint events);

    /// <summary>Looks at its time-outs.</summary>
    /// <param name="now">Milliseconds of <see cref="Environment.TickCount64"/>.</param>
    /// <returns>When it wants to look again; <see cref="long.MaxValue"/> for never.</returns>
    long CheckTime(long now);

    /// <summary>The member's own code failed.</summary>
    void Fail(Exception exception);
}
