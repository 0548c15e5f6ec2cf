// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu;

/// <summary>How a <see cref="TcmuFront"/> behaves.</summary>
public sealed record TcmuFrontOptions
{
    /// <summary>Where the kernel's files are.</summary>
    public TcmuPaths Paths { get; init; } = new();

    /// <summary>
    /// Whether events of devices whose subtype no loaded handler has are answered: ADDED and RECONFIG with an error, REMOVED with success.
    /// Default true, because otherwise the administrator who misspelt a subtype waits in the kernel, unkillable. With a second daemon on
    /// the machine that serves other subtypes, either switch this off in both, or create its devices with <c>nl_reply_supported=-1</c>: the
    /// kernel does not wait for replies about those and answers ours with ENODEV, which does no harm.
    /// </summary>
    public bool AnswerForeign { get; init; } = true;

    /// <summary>
    /// Whether another process has told this program that it serves the devices of a subtype: their events are left to it. Default: none.
    /// Called on the netlink thread, which it must not keep.
    /// </summary>
    public Func<string, bool> IsServedElsewhere { get; init; } = static _ => false;

    /// <summary>
    /// Whether netlink stays blocked when the front stops in order. Default true: while no daemon runs, creating a device then fails at
    /// once with EAGAIN, and removing one works, where both would hang in the kernel otherwise. The next daemon, also the C one, unblocks
    /// it.
    /// </summary>
    public bool BlockNetlinkAfterStop { get; init; } = true;

    /// <summary>Uses epoll even where io_uring works. Default false; for <c>io_uring = no</c> in the configuration.</summary>
    public bool ForceEpoll { get; init; }

    /// <summary>
    /// How many handlers open at a time, 1 or more. Default 8: opening waits for disks and networks rather than for processors.
    /// </summary>
    public int MaximumParallelOpens { get; init; } = 8;

    /// <summary>After this time an open does not count for <see cref="MaximumParallelOpens"/> any more, so that handlers that hang do not
    /// keep others waiting. Default 5 s.</summary>
    public TimeSpan OpenSlotLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Longest time that creating a device waits for its handler. Default 60 s: a cluster that is changing its leader answers by then.
    /// </summary>
    public TimeSpan OpenLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time that a change of size, configuration or write cache waits for its handler. Default 30 s.</summary>
    public TimeSpan ReconfigureLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Longest time that <see cref="TcmuFront.StartAsync"/> waits until each device found was tried once. Default 10 s; those that
    /// take longer go on by themselves.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Longest time to wait for a device's commands when the front stops. Default 20 s; the next daemon has the rest sent again.
    /// </summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Longest time to wait for a device to close before it is abandoned. Default 5 s.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Count and time the commands of the devices, by the devices' names; null (the default) for nobody.</summary>
    public UnitMonitors? Monitors { get; init; }

    /// <summary>Pause after the first failed attempt to open a device that exists, or the netlink socket again; doubled after each
    /// further one. A device that takes longer to open is blocked meanwhile. Default 1 s.</summary>
    public TimeSpan RetryInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest such pause. Default 30 s.</summary>
    public TimeSpan MaximumRetryInterval { get; init; } = TimeSpan.FromSeconds(30);
}
