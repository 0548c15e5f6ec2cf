// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using Microsoft.Win32.SafeHandles;
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Zbc;

/// <summary>
/// The state of every zone in memory that the image shares: followed by every change, found by the next daemon when this one was killed.
/// </summary>
/// <remarks>
/// <code>
///  0 magic │ 8 is valid │ 16 boot id │ 32 image id │ ... 4096: per zone { state 8, start of the last write 8 } ... realms ... parameters
/// </code>
/// A state is one aligned word, so it is never seen half written by this boot of the kernel, and another boot does not look.
/// </remarks>
internal sealed unsafe class LiveArea : IDisposable
{
    private const int ValidOffset = 8;
    private const int BootOffset = 16;
    private const int ImageOffset = 32;
    private const int HeaderBytes = 48;
    private const string BootIdPath = "/proc/sys/kernel/random/boot_id";
    private readonly SafeFileHandle _file;
    private readonly SharedMapping _mapping;
    private readonly ulong* _zones;
    private readonly byte* _realms;
    private readonly byte* _parameters;
    private readonly ImageHeader _header;
    private readonly Guid _boot;

    /// <summary>Maps the area.</summary>
    /// <param name="file">The image, which holds the lock against a second user; owned from now on.</param>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="header">Its header.</param>
    /// <exception cref="HandlerException">It cannot be mapped.</exception>
    public LiveArea(SafeFileHandle file, string path, ImageHeader header)
    {
        _file = file;
        _header = header;
        _mapping = SharedMapping.Create(file, path, header.LiveOffset, ImageFormat.LiveBytes(header.ZoneCount, header.RealmCount));
        _zones = (ulong*)(_mapping.Address + ImageFormat.BlockBytes);
        _realms = (byte*)(_zones + (2 * header.ZoneCount));
        _parameters = _mapping.Address + ImageFormat.BlockBytes + ImageFormat.RoundUp(((long)header.ZoneCount * ImageFormat.LiveRecordBytes) + header.RealmCount, ImageFormat.ParametersBytes);
        _boot = ReadBootId();
    }

    private Span<byte> Header => new(_mapping.Address, HeaderBytes);

    /// <summary>Opens the image for the area, and keeps others from opening it.</summary>
    /// <exception cref="HandlerException">Somebody has it open, or it cannot be opened.</exception>
    public static SafeFileHandle Lock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException exception)
        {
            throw new HandlerException(HandlerErrorKind.AccessDenied, $"'{path}' cannot be opened for writing: {exception.Message}", exception);
        }
        catch (IOException exception)
        {
            throw new HandlerException(HandlerErrorKind.Busy, $"'{path}' cannot be locked; another device may be using it: {exception.Message}", exception);
        }
    }

    /// <summary>Whether it holds what a daemon left that was killed since the system was started.</summary>
    public bool IsValid =>
        Header[..8].SequenceEqual(ImageFormat.LiveMagic)
        && Header[ValidOffset] == 1
        && _boot != Guid.Empty
        && new Guid(Header.Slice(BootOffset, 16)) == _boot
        && new Guid(Header.Slice(ImageOffset, 16)) == _header.Id;

    /// <summary>From now on it counts, or does not. What it holds must be complete.</summary>
    public void SetValid(bool isValid)
    {
        Header[ValidOffset] = 0;
        Thread.MemoryBarrier();
        ImageFormat.LiveMagic.CopyTo(Header);
        _boot.TryWriteBytes(Header[BootOffset..]);
        _header.Id.TryWriteBytes(Header[ImageOffset..]);
        Thread.MemoryBarrier();
        Header[ValidOffset] = isValid ? (byte)1 : (byte)0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreZone(int zone, ulong state) => Volatile.Write(ref _zones[2 * zone], state);

    /// <summary>Where the write begins whose end the next <see cref="StoreZone"/> records: a host that never got the answer repeats it.</summary>
    public void StoreLastWrite(int zone, long offset) => Volatile.Write(ref _zones[(2 * zone) + 1], (ulong)offset);

    public ulong LoadZone(int zone) => Volatile.Read(ref _zones[2 * zone]);

    public long LoadLastWrite(int zone) => (long)Volatile.Read(ref _zones[(2 * zone) + 1]);

    public void StoreRealm(int realm, byte domain) => _realms[realm] = domain;

    public byte LoadRealm(int realm) => _realms[realm];

    public void StoreParameters(DeviceParameters parameters) => parameters.Write(new Span<byte>(_parameters, ImageFormat.ParametersBytes));

    public DeviceParameters LoadParameters() => DeviceParameters.Read(new ReadOnlySpan<byte>(_parameters, ImageFormat.ParametersBytes));

    public void Dispose()
    {
        _mapping.Dispose();
        _file.Dispose();
    }

    // Without it nothing is known about the page cache, and the area never counts.
    private static Guid ReadBootId() => File.Exists(BootIdPath) && Guid.TryParse(File.ReadAllText(BootIdPath), out Guid id) ? id : Guid.Empty;
}
