// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace TcmuRunner.Tcmu.ConfigFs;

/// <summary>The configfs directory of one device.</summary>
/// <remarks>
/// Must not be used between the device's REMOVED event and its reply: rmdir may hold the directory's locks until then. During ADDED the
/// device is not configured yet: the actions fail with EINVAL, hw_max_sectors has not got its final value, and writing an attribute causes
/// no event.
/// </remarks>
internal sealed class DeviceAttributes
{
    private readonly IAttributeFiles _files;
    private readonly string _name;

    internal DeviceAttributes(IAttributeFiles files, TcmuPaths paths, UioName name)
    {
        _files = files;
        _name = name.ConfigFsName;
        DirectoryPath = Path.Combine(paths.ConfigFsTarget, "core", name.ConfigFsName);
    }

    /// <summary>The device's directory.</summary>
    internal string DirectoryPath { get; }

    /// <summary>Logical block size in bytes.</summary>
    /// <exception cref="TcmuException">It cannot be read, or is no positive number.</exception>
    internal int ReadBlockSizeBytes() => (int)ReadNumber("attrib/hw_block_size", 1, int.MaxValue);

    /// <summary>Size in bytes: <c>attrib/dev_size</c>, or before kernel 4.13 the text behind <c> Size: </c> in <c>info</c>.</summary>
    internal long ReadSizeBytes()
    {
        if (_files.Exists(PathOf("attrib/dev_size")))
        {
            return ReadNumber("attrib/dev_size", 0, long.MaxValue);
        }

        // The last one, because the configuration string in front of it may contain the same text.
        const string Label = " Size: ";
        string info = _files.Read(PathOf("info"));
        int label = info.LastIndexOf(Label, StringComparison.Ordinal);
        string text = label < 0 ? info : info[(label + Label.Length)..].Split(' ', '\n')[0];
        return Parse("info", text, 0, long.MaxValue);
    }

    /// <summary>Sets what <see cref="ReadSizeBytes"/> says; on a configured device that causes an event, and returns when it has been replied to.</summary>
    /// <exception cref="TcmuException">The kernel, or the reply, refuses.</exception>
    internal void WriteSizeBytes(long sizeBytes) => _files.Write(PathOf("attrib/dev_size"), sizeBytes.ToString(CultureInfo.InvariantCulture));

    /// <summary>
    /// Longest transfer in blocks. At the end of <c>enable</c> the kernel rounds it down to whole pages; the same is done here so that a
    /// device says the same on both sides of a restart.
    /// </summary>
    internal uint ReadMaximumTransferBlocks(int blockSizeBytes)
    {
        uint blocks = (uint)ReadNumber("attrib/hw_max_sectors", 1, uint.MaxValue);
        uint page = (uint)Math.Max(1, Environment.SystemPageSize / blockSizeBytes);
        return Math.Max(blocks - (blocks % page), page);
    }

    /// <summary>How long the kernel waits for a command; zero for ever. Kernels without the attribute wait 30 s.</summary>
    internal TimeSpan ReadCommandTimeOut() => TimeSpan.FromSeconds(TryReadNumber("attrib/cmd_time_out", 0, int.MaxValue) ?? 30);

    /// <summary>Whether the write cache is on; null where the kernel does not know.</summary>
    internal bool? ReadWriteCache() => TryReadNumber("attrib/emulate_write_cache", 0, 255) is { } value ? value != 0 : null;

    /// <summary>Sets what <see cref="ReadWriteCache"/> says; on a configured device that causes an event.</summary>
    internal void WriteWriteCache(bool on) => _files.Write(PathOf("attrib/emulate_write_cache"), on ? "1" : "0");

    /// <summary>Whether the kernel waits for replies about this device when replies are on at all.</summary>
    internal bool ReadWaitsForReplies() => TryReadNumber("attrib/nl_reply_supported", sbyte.MinValue, sbyte.MaxValue) is not < 0;

    /// <summary>From now on commands are answered with BUSY.</summary>
    /// <returns>False where the kernel is too old to have that (before 4.16).</returns>
    internal bool TryBlock() => TryAct("action/block_dev", "1");

    /// <summary>Ends <see cref="TryBlock"/>.</summary>
    internal bool TryUnblock() => TryAct("action/block_dev", "0");

    /// <summary>Answers every outstanding command with BUSY, so that the initiator sends it again, and empties the ring.</summary>
    internal bool TryResetRing() => TryAct("action/reset_ring", "1");

    private bool TryAct(string file, string value)
    {
        string path = PathOf(file);
        if (!_files.Exists(path))
        {
            return false;
        }

        _files.Write(path, value);
        return true;
    }

    private long? TryReadNumber(string file, long minimum, long maximum) =>
        _files.Exists(PathOf(file)) ? ReadNumber(file, minimum, maximum) : null;

    private long ReadNumber(string file, long minimum, long maximum) => Parse(file, _files.Read(PathOf(file)), minimum, maximum);

    private long Parse(string file, string text, long minimum, long maximum)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value)
            && value >= minimum && value <= maximum)
        {
            return value;
        }

        throw new TcmuException(
            TcmuErrorKind.NotSupported,
            $"{PathOf(file)} says '{text}' where a number from {minimum} to {maximum} is expected.")
        { Device = _name, Path = PathOf(file) };
    }

    private string PathOf(string file) => Path.Combine(DirectoryPath, file);
}
