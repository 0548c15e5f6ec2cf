// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Scsi;

namespace TcmuRunner.Tcmu.Front;

/// <summary>Which device to open, and how.</summary>
internal sealed record TcmuDeviceRequest
{
    /// <summary>N of uioN.</summary>
    internal required int Minor { get; init; }

    /// <summary>Name for messages, <c>subtype/device</c>.</summary>
    internal required string Name { get; init; }

    /// <summary>The configuration string without the options that the daemon takes for itself.</summary>
    internal required string Configuration { get; init; }

    /// <summary>After how long a command counts as overdue (<c>tcmur_cmd_time_out</c>); zero for never.</summary>
    internal required TimeSpan CommandTimeOut { get; init; }

    /// <summary>Logical block size in bytes.</summary>
    internal required int BlockSizeBytes { get; init; }

    /// <summary>Size in bytes.</summary>
    internal required long SizeBytes { get; init; }

    /// <summary>Tells the kernel of a size in bytes that the backing store got from somebody else; the kernel then asks to resize the device.</summary>
    internal required Func<long, Task> FollowSize { get; init; }

    /// <summary>Longest transfer in blocks.</summary>
    internal required uint MaximumTransferBlocks { get; init; }

    /// <summary>Whether the write cache is on; null for the handler's default.</summary>
    internal required bool? WriteCache { get; init; }

    /// <summary>Whether the backing store was in use before.</summary>
    internal required bool IsReopen { get; init; }

    /// <summary>What configfs tells the logical unit.</summary>
    internal required ILogicalUnitEnvironment Environment { get; init; }
}
