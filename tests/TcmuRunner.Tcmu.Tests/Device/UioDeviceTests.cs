// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.Ring;
using TcmuRunner.Tcmu.Uio;

namespace TcmuRunner.Tcmu.Tests.Device;

/// <summary>The real channel and the real mapping, over files that stand in for the node.</summary>
public sealed class UioDeviceTests : IDisposable
{
    private const int MapBytes = 8192;
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"uio-{Guid.NewGuid():N}");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public async Task A_mailbox_of_version_2_is_accepted_with_its_ring_and_flags()
    {
        WriteMailbox(version: 2, offset: 128, size: 3968);

        using UioDevice device = await OpenAsync();

        Assert.Equal((128u, 3968u), (device.Region.RingOffset, device.Region.RingSize));
        Assert.Equal(MailboxFlags.OutOfOrderCompletion | MailboxFlags.KeepBuffer, device.Region.Flags);
        Assert.Equal(MapBytes, device.Region.Length);
    }

    [Theory]
    [InlineData(1, 128u, 3968u)]
    [InlineData(3, 128u, 3968u)]
    [InlineData(2, 0u, 3968u)]
    [InlineData(2, 132u, 3968u)]
    [InlineData(2, 128u, 3967u)]
    [InlineData(2, 128u, 104u)]
    [InlineData(2, 128u, 8072u)]
    [InlineData(2, 4294967288u, 3968u)]
    public async Task A_mailbox_that_is_not_understood_is_refused_and_the_node_closed(ushort version, uint offset, uint size)
    {
        WriteMailbox(version, offset, size);

        UioException exception = await Assert.ThrowsAsync<UioException>(OpenAsync);

        Assert.Equal(UioErrorKind.UnsupportedLayout, exception.Kind);
        Assert.Contains(_path, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_node_that_appears_a_little_later_is_waited_for()
    {
        Task<UioDevice> opening = OpenAsync();
        Assert.False(opening.IsCompleted);

        WriteMailbox(version: 2, offset: 128, size: 3968, viaRename: true);

        using UioDevice device = await opening.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(3968u, device.Region.RingSize);
    }

    [Fact]
    public async Task Waiting_for_a_node_can_be_cancelled()
    {
        using var cancellation = new CancellationTokenSource();
        Task<UioDevice> opening = UioDevice.OpenAsync(_path, MapBytes, TimeProvider.System, cancellation.Token);

        await cancellation.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => opening);
    }

    [Fact]
    public void The_channel_reads_and_writes_four_bytes_without_blocking()
    {
        // A FIFO that is open both ways gives back what was written, as many bytes at a time.
        Assert.Equal(0, Mkfifo(_path));
        using var channel = new UioChannel(FileDescriptor.Open(_path, Libc.O_RDWR | Libc.O_NONBLOCK, 0, out int errno));
        Assert.Equal(0, errno);

        Assert.Equal(UioEvent.None, channel.ReadEvent());
        Assert.True(channel.Notify());
        Assert.Equal(UioEvent.Raised, channel.ReadEvent());
        Assert.Equal(UioEvent.None, channel.ReadEvent());
    }

    [Fact]
    public void A_channel_whose_calls_fail_is_gone()
    {
        File.WriteAllBytes(_path, []);
        using var channel = new UioChannel(FileDescriptor.Open(_path, Libc.O_RDONLY, 0, out _));

        // An empty file reads as an end, and one open for reading takes no write: neither is an event.
        Assert.Equal(UioEvent.Gone, channel.ReadEvent());
        Assert.False(channel.Notify());
    }

    private static int Mkfifo(string path)
    {
        using var process = System.Diagnostics.Process.Start("mkfifo", path);
        process.WaitForExit();
        return process.ExitCode;
    }

    private Task<UioDevice> OpenAsync() => UioDevice.OpenAsync(_path, MapBytes, TimeProvider.System, CancellationToken.None);

    private void WriteMailbox(ushort version, uint offset, uint size, bool viaRename = false)
    {
        var bytes = new byte[MapBytes];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, version);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), 0x9);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), size);
        string target = viaRename ? _path + ".new" : _path;
        File.WriteAllBytes(target, bytes);
        if (viaRename)
        {
            File.Move(target, _path);
        }
    }
}
