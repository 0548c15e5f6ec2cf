// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Ring;

namespace TcmuRunner.Tcmu.Uio;

/// <summary>An open UIO device of a TCMU disk: its event channel and the memory that it shares with the kernel.</summary>
/// <remarks>
/// The two parts end separately: the channel when the device is no longer served, the memory only when no command uses it any more.
/// </remarks>
/// <param name="channel">The event channel; owned.</param>
/// <param name="region">The shared memory; owned.</param>
internal sealed class UioDevice(IUioChannel channel, RingRegion region) : IDisposable
{
    /// <summary>How long to wait for a device node that udev has not made yet, or that its former owner has not closed yet.</summary>
    private static readonly TimeSpan s_openLimit = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan s_openInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>The event channel.</summary>
    internal IUioChannel Channel { get; } = channel;

    /// <summary>The shared memory.</summary>
    internal RingRegion Region { get; } = region;

    /// <summary>Opens a device, which is exclusive, and maps its memory.</summary>
    /// <param name="path">The node, <c>/dev/uioN</c>.</param>
    /// <param name="mapLengthBytes">The content of <c>maps/map0/size</c> in sysfs; the kernel accepts only exactly that.</param>
    /// <param name="timeProvider">Measures the wait for a node that is not there yet.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
    /// <exception cref="UioException">It cannot be opened or mapped, or its layout is not supported.</exception>
    internal static async Task<UioDevice> OpenAsync(
        string path, long mapLengthBytes, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        FileDescriptor descriptor = await OpenNodeAsync(path, timeProvider, cancellationToken).ConfigureAwait(false);
        try
        {
            return new UioDevice(new UioChannel(descriptor), RingRegion.Map(descriptor, mapLengthBytes, path));
        }
        catch
        {
            descriptor.Dispose();
            throw;
        }
    }

    /// <summary>Closes the channel and unmaps the memory; for a device that is not being served.</summary>
    public void Dispose()
    {
        Channel.Dispose();
        Region.Dispose();
    }

    private static async Task<FileDescriptor> OpenNodeAsync(string path, TimeProvider timeProvider, CancellationToken cancellationToken)
    {
        long start = timeProvider.GetTimestamp();
        while (true)
        {
            FileDescriptor descriptor = FileDescriptor.Open(path, Libc.O_RDWR | Libc.O_NONBLOCK, 0, out int errno);
            if (errno == 0)
            {
                return descriptor;
            }

            descriptor.Dispose();
            bool mayPass = errno is Errno.ENOENT or Errno.EACCES or Errno.EBUSY;
            if (!mayPass || timeProvider.GetElapsedTime(start) >= s_openLimit)
            {
                throw CannotOpen(path, errno);
            }

            await Task.Delay(s_openInterval, timeProvider, cancellationToken).ConfigureAwait(false);
        }
    }

    private static UioException CannotOpen(string path, int errno) => errno switch
    {
        Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => new(
            UioErrorKind.Gone, $"{path} does not exist: the kernel has removed the device.", errno),
        Errno.EBUSY => new(UioErrorKind.Busy, $"{path} is held open by another process: only one daemon can serve a device.", errno),
        Errno.EACCES or Errno.EPERM => new(
            UioErrorKind.NotPermitted, $"{path} may not be opened: run as root or set the node's permissions.", errno),
        _ => new(UioErrorKind.Failed, $"{path} could not be opened (errno {errno}).", errno),
    };
}
