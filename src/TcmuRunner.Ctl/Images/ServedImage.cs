// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text.Json.Nodes;

namespace TcmuRunner.Ctl.Images;

/// <summary>An image that the daemon serves, over the bus.</summary>
/// <param name="daemon">The daemon.</param>
/// <param name="device">The device on the image.</param>
internal sealed class ServedImage(DaemonClient daemon, DeviceInfo device) : IImageSource
{
    /// <inheritdoc/>
    public bool IsServed => true;

    /// <summary>Finds the device that serves an image.</summary>
    /// <param name="daemon">The daemon.</param>
    /// <param name="handler">The handler's subtype.</param>
    /// <param name="path">The image's path.</param>
    /// <returns>Null: none does.</returns>
    internal static async Task<ServedImage?> FindAsync(DaemonClient daemon, string handler, string path)
    {
        if (!await daemon.IsRunningAsync())
        {
            return null;
        }

        DeviceInfo? device = (await daemon.GetDevicesAsync()).FirstOrDefault(
            device => device.Facts.Handler == handler && RealPath(PathIn(device.Facts.Configuration)) == RealPath(path));
        return device is null ? null : new ServedImage(daemon, device);
    }

    /// <inheritdoc/>
    public async Task RunAsync(string operation, string argument, Action<double> progress, Action<JsonObject> result, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var answer = (JsonObject)JsonNode.Parse(await daemon.RunImageOperationAsync(device, operation, argument))!;
            result(answer);
            if (answer["nextByte"] is not { } next)
            {
                return;
            }

            progress(next.GetValue<long>() / (double)answer["sizeBytes"]!.GetValue<long>());
            argument = next.GetValue<long>().ToString(CultureInfo.InvariantCulture);
        }
    }

    // The path stands between the handler's subtype and the first option.
    private static string PathIn(string configuration) => configuration[(configuration.IndexOf('/', StringComparison.Ordinal) + 1)..].Split(';')[0];

    private static string RealPath(string path) => File.ResolveLinkTarget(path, returnFinalTarget: true)?.FullName ?? Path.GetFullPath(path);
}
