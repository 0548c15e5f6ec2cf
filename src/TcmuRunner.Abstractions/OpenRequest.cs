// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Abstractions;

/// <summary>What a handler is asked to open, and what the daemon lends it for the life of the device.</summary>
public sealed class OpenRequest
{
    /// <summary>The configuration string, without options that the daemon takes for itself.</summary>
    public required ConfigurationString Configuration { get; init; }

    /// <summary>The device's name in messages, as in <c>file/disk1</c>.</summary>
    public required string DeviceName { get; init; }

    /// <summary>Logical block size in bytes: 512 or 4096. A handler that needs another one refuses to open.</summary>
    public required int BlockSizeBytes { get; init; }

    /// <summary>
    /// The size that the device was created with, in bytes, a multiple of the block size; null when the backing store's own size is to be
    /// used. A handler whose backing store cannot hold that size refuses to open with <see cref="HandlerErrorKind.SizeMismatch"/>.
    /// </summary>
    public required long? SizeBytes { get; init; }

    /// <summary>True when the device was open before in another life of the daemon, so that its backing store exists already.</summary>
    public bool IsReopen { get; init; }

    /// <summary>Opens asynchronous files.</summary>
    public required IAsyncFileSystem Files { get; init; }

    /// <summary>The device's logger; its scope names the device. Event ids of handlers start at 8000.</summary>
    public required ILogger Logger { get; init; }
}
