// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>The place of an operation in the order of its zones. Belongs to the scheduler between enter and exit.</summary>
internal sealed class ZoneTicket : IoCompletion
{
    public int First { get; set; }

    public int Last { get; set; }

    public bool IsShared { get; set; }

    public bool IsWaiting { get; set; }

    public ZoneTicket? Previous { get; set; }

    public ZoneTicket? Next { get; set; }

    /// <summary>Whether two operations must not run at the same time.</summary>
    public bool Excludes(ZoneTicket other) => First <= other.Last && other.First <= Last && !(IsShared && other.IsShared);
}
