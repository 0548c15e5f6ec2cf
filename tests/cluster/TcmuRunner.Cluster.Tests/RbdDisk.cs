// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TcmuRunner.Abstractions;
using TcmuRunner.Handlers.Rbd;
using TcmuRunner.Io;
using TcmuRunner.TestKit.Conformance;

namespace TcmuRunner.Cluster.Tests;

/// <summary>A disk in an image of the cluster, opened as the engine opens it.</summary>
internal sealed class RbdDisk : IAsyncDisposable
{
    private RbdDisk(string image, RbdDevice device)
    {
        Image = image;
        Device = device;
    }

    /// <summary>The image's name, in the pool rbd.</summary>
    public string Image { get; }

    public RbdDevice Device { get; }

    /// <summary>Makes an image and opens it.</summary>
    public static async Task<RbdDisk> OpenAsync(CephCluster cluster, long sizeBytes, string options = "", ILogger? logger = null)
    {
        string image = cluster.CreateImage(sizeBytes);
        return new RbdDisk(image, await OpenAsync($"rbd/rbd/{image}{cluster.Options()}{options}", logger: logger));
    }

    /// <summary>Opens what a configuration string names.</summary>
    public static async Task<RbdDevice> OpenAsync(string configuration, long? sizeBytes = null, bool isReopen = false, ILogger? logger = null)
    {
        Assert.True(ConfigurationString.TryParse(configuration, out ConfigurationString? parsed, out string? reason), reason);
        var request = new OpenRequest
        {
            Configuration = parsed,
            DeviceName = "rbd/disk1",
            BlockSizeBytes = 512,
            SizeBytes = sizeBytes,
            IsReopen = isReopen,
            Files = new AsyncFileSystem(),
            Logger = logger ?? NullLogger.Instance,
        };
        return (RbdDevice)await new RbdHandler().OpenAsync(request, CancellationToken.None);
    }

    /// <summary>Writes bytes; gives how that ended.</summary>
    public static async Task<IoStatus> WriteAsync(RbdDevice device, long offsetBytes, byte[] data)
    {
        using var memory = new ScatteredMemory(data, data.Length);
        IoStatus status = await device.WriteAsync(offsetBytes, memory.List, WriteOptions.None, CancellationToken.None);
        await LeaveLibraryAsync();
        return status;
    }

    /// <summary>Reads bytes; fails unless that goes well.</summary>
    public static async Task<byte[]> ReadAsync(RbdDevice device, long offsetBytes, int length)
    {
        using var memory = new ScatteredMemory(length);
        IoStatus status = await device.ReadAsync(offsetBytes, memory.List, CancellationToken.None);
        await LeaveLibraryAsync();
        Assert.Equal(IoStatus.Good, status);
        return memory.ToArray();
    }

    /// <summary>Goes on elsewhere than on librbd's thread, which a test may not hold up.</summary>
    public static YieldAwaitable LeaveLibraryAsync() => Task.Yield();

    public ValueTask DisposeAsync() => Device.DisposeAsync();
}
