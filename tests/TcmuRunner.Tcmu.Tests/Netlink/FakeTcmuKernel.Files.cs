// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Io.Native;
using TcmuRunner.Tcmu.ConfigFs;
using TcmuRunner.Tcmu.Netlink;

namespace TcmuRunner.Tcmu.Tests.Netlink;

/// <content>The files, whose writes have the kernel's effects.</content>
internal sealed partial class FakeTcmuKernel : IAttributeFiles
{
    public string Read(string path)
    {
        lock (_sync)
        {
            if (path.StartsWith(Uio, StringComparison.Ordinal))
            {
                return _devices.Find(device => device.HasUio && path == $"{Uio}/uio{device.Minor}/name")?.UioName
                    ?? throw FileFailure(path, Errno.ENOENT);
            }

            (FakeKernelDevice device, string file) = Find(path);
            return file.StartsWith("attrib/", StringComparison.Ordinal) && device.Attributes.TryGetValue(file[7..], out string? value)
                ? value
                : throw FileFailure(path, Errno.ENOENT);
        }
    }

    public void Write(string path, string value)
    {
        lock (_sync)
        {
            switch (path)
            {
                case $"{Module}/parameters/block_netlink":
                    _journal.Add($"block_netlink={value}");
                    _isBlocked = value == "1";
                    return;
                case $"{Module}/parameters/reset_netlink":
                    _journal.Add("reset_netlink=1");
                    ResetNetlink();
                    return;
                default:
                    WriteDevice(path, value);
                    return;
            }
        }
    }

    public bool Exists(string path)
    {
        lock (_sync)
        {
            return path switch
            {
                Module => HasModule,
                $"{ConfigFs}/core" => HasConfigFs,
                $"{Module}/parameters/block_netlink" => CanBlockNetlink,
                _ when path.Contains("/action/", StringComparison.Ordinal) => true,
                _ => TryFind(path) is { } found && found.File.StartsWith("attrib/", StringComparison.Ordinal)
                    && found.Device.Attributes.ContainsKey(found.File[7..]),
            };
        }
    }

    public IReadOnlyList<string> List(string path)
    {
        lock (_sync)
        {
            Assert.Equal(Uio, path);
            return [.. _devices.Where(device => device.HasUio).Select(device => $"uio{device.Minor}"), "uio99x"];
        }
    }

    private void WriteDevice(string path, string value)
    {
        (FakeKernelDevice device, string file) = Find(path);
        _journal.Add($"{device.Name} {file}={value}");
        switch (file)
        {
            case "action/block_dev" or "action/reset_ring" when !device.IsConfigured:
                throw FileFailure(path, Errno.EINVAL);
            case "action/block_dev":
                device.IsBlocked = value == "1";
                return;
            case "action/reset_ring":
                return;
            default:
                device.Attributes[file["attrib/".Length..]] = value;
                return;
        }
    }

    private (FakeKernelDevice Device, string File) Find(string path) => TryFind(path) ?? throw FileFailure(path, Errno.ENOENT);

    private (FakeKernelDevice Device, string File)? TryFind(string path)
    {
        foreach (FakeKernelDevice device in _devices)
        {
            string directory = $"{ConfigFs}/core/user_0/{device.Name}/";
            if (path.StartsWith(directory, StringComparison.Ordinal))
            {
                if (device.Pending is { Command: TcmuCommand.RemovedDevice })
                {
                    _violations.Add($"{path} was used during REMOVED: a real daemon would hang");
                }

                return (device, path[directory.Length..]);
            }
        }

        return null;
    }
}
