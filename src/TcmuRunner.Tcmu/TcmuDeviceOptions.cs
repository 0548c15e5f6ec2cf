// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Io;
using TcmuRunner.Scsi;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu;

/// <summary>What a <see cref="TcmuDevice"/> is made of.</summary>
internal sealed record TcmuDeviceOptions
{
    /// <summary>Name for messages, as in <c>user_0/disk1</c>.</summary>
    internal required string Name { get; init; }

    /// <summary>Name of the kernel's device, <c>uioN</c>; also names the thread.</summary>
    internal required string UioName { get; init; }

    /// <summary>The open device; owned by the <see cref="TcmuDevice"/> once it has started.</summary>
    internal required UioDevice Uio { get; init; }

    /// <summary>Executes the commands; owned by the <see cref="TcmuDevice"/> once it has started.</summary>
    internal required LogicalUnit LogicalUnit { get; init; }

    /// <summary>
    /// After how long a command that is still running is reported and its token cancelled (<c>tcmur_cmd_time_out</c>). Rounded up to whole
    /// seconds. Default zero: never.
    /// </summary>
    internal TimeSpan CommandTimeOut { get; init; }

    /// <summary>How the loop runs; its name is replaced. Default: as <see cref="IoLoopOptions"/> says.</summary>
    internal IoLoopOptions LoopOptions { get; init; } = new() { Name = string.Empty };

    /// <summary>Makes the loop. Default: a thread of its own.</summary>
    internal Func<IoLoopOptions, ILogger, IoLoop> StartLoop { get; init; } = IoLoop.Start;
}
