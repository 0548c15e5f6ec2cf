// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Iscsi;

/// <summary>How the front runs.</summary>
public sealed record IscsiFrontOptions
{
    /// <summary>Loops, 1 to 64; each is a thread that serves a share of the connections. Default: one for each processor, at most 8.</summary>
    public int LoopCount { get; init; } = Math.Clamp(Environment.ProcessorCount, 1, 8);

    /// <summary>Uses epoll even where io_uring works. Default false.</summary>
    public bool ForceEpoll { get; init; }

    /// <summary>How long a login may take, from accept to full feature phase. Default 15 s, as in other targets.</summary>
    public TimeSpan LoginTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// After so long without a byte from an initiator it is asked for a sign of life, and after as long again the connection is closed.
    /// Default 30 s; zero: never.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a stop waits for commands in flight and for initiators to log out. Default 10 s.</summary>
    public TimeSpan StopLimit { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a change of the configuration waits for the commands of units that were taken away. Default 30 s, as initiators wait for a command.</summary>
    public TimeSpan DrainLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Memory for the data of commands in flight, of all loops together, at least 16 MiB; commands for which there is none get TASK SET FULL,
    /// and so do those of a session that has four fifths of its loop's part, so that no session takes the others' memory away. Default 512 MiB; it is used only as far as it is needed, and given back afterwards.
    /// </summary>
    public long MemoryLimitBytes { get; init; } = 512L << 20;

    /// <summary>
    /// The longest transfer of one command in bytes, 1 MiB to 64 MiB, which logical units should advertise too. Default 8 MiB, as the
    /// kernel's target.
    /// </summary>
    public int MaximumTransferBytes { get; init; } = 8 << 20;

    /// <summary>Connections at a time; further ones are closed at once. Default 4096.</summary>
    public int MaximumConnections { get; init; } = 4096;
}
