// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace TcmuRunner.Abstractions;

/// <summary>Which image is to be opened for maintenance, and what the caller lends for it.</summary>
public sealed class ImageRequest
{
    /// <summary>The configuration string that a device on this image would have.</summary>
    public required ConfigurationString Configuration { get; init; }

    /// <summary>What it is opened for.</summary>
    public required ImageAccess Access { get; init; }

    /// <summary>Opens asynchronous files.</summary>
    public required IAsyncFileSystem Files { get; init; }

    /// <summary>Told what an administrator should know.</summary>
    public required ILogger Logger { get; init; }
}
