// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>Asks the handler for devices, as the engine does.</summary>
internal static class Requests
{
    public const long SizeBytes = 1 << 20;

    public static ConfigurationString Parse(string text)
    {
        Assert.True(ConfigurationString.TryParse(text, out ConfigurationString? configuration, out string? reason), reason);
        return configuration;
    }

    public static async Task<FileDevice> OpenAsync(
        IAsyncFileSystem files, string configuration, long? sizeBytes = SizeBytes, bool isReopen = false, int blockSizeBytes = 512, ILogger? logger = null)
    {
        var request = new OpenRequest
        {
            Configuration = Parse(configuration),
            DeviceName = "file/disk1",
            BlockSizeBytes = blockSizeBytes,
            SizeBytes = sizeBytes,
            IsReopen = isReopen,
            Files = files,
            Logger = logger ?? NullLogger.Instance,
        };
        return Assert.IsType<FileDevice>(await new FileHandler().OpenAsync(request, CancellationToken.None));
    }
}
