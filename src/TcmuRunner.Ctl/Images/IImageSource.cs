// SPDX-License-Identifier: Apache-2.0
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Images;

/// <summary>The way to an image: its file, or the daemon that serves it.</summary>
internal interface IImageSource
{
    /// <summary>Whether a disk is served from it at the moment.</summary>
    bool IsServed { get; }

    /// <summary>Does an operation; see ImageOperations in the daemon for their names and results.</summary>
    /// <param name="operation">Its name.</param>
    /// <param name="argument">What it needs; may be empty.</param>
    /// <param name="progress">Told how far it is, 0 to 1.</param>
    /// <param name="result">Gets the result; of a map, one after the other.</param>
    /// <param name="cancellationToken">Ctrl-C.</param>
    /// <exception cref="ImageException">The image's handler refuses it.</exception>
    Task RunAsync(string operation, string argument, Action<double> progress, Action<JsonObject> result, CancellationToken cancellationToken);
}
