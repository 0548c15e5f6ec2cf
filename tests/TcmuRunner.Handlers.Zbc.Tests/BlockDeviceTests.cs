// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Handlers.Zbc.Tests;

/// <summary>An image on a block device: a loop device, where the machine has one to give.</summary>
public sealed class BlockDeviceTests
{
    private const long Size = 16 << 20;

    [Fact]
    public void A_block_device_is_taken_only_on_demand_and_keeps_its_state()
    {
        using var directory = new TemporaryDirectory();
        string file = directory.PathOf("store.img");
        File.WriteAllBytes(file, [.. Enumerable.Repeat((byte)'x', 64 << 20)]);
        string device = Losetup("--find", "--show", file);
        Assert.SkipUnless(device.StartsWith("/dev/loop", StringComparison.Ordinal), "There is no loop device to be had here.");
        try
        {
            Assert.Contains("format", Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/zsize-1@{device}", Size)).Message, StringComparison.Ordinal);
            HandlerException large = Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/zsize-1/format@{device}", 64 << 20));
            Assert.Equal(HandlerErrorKind.SizeMismatch, large.Kind);
            using (ZonedDisk disk = ZonedDisk.Open($"zbc/zsize-1/format@{device}", Size))
            {
                Assert.True(disk.Data(0, 64).All(value => value == 0));
                Assert.Equal("good", disk.Write(3 * disk.Zone, 16, 0x21));
                Assert.Equal(HandlerErrorKind.Busy, Assert.Throws<HandlerException>(() => ZonedDisk.Open($"zbc/{device}", null)).Kind);
            }

            using ZonedDisk again = ZonedDisk.Open($"zbc/{device}", null);
            Assert.Equal((4, 16), (again.Condition(3 * again.Zone), again.Zones().Count));
            Assert.True(again.Data(3 * again.Zone, 16).All(value => value == 0x21));
            Assert.Equal("good", again.Reset(3 * again.Zone));
        }
        finally
        {
            Losetup("--detach", device);
        }
    }

    private static string Losetup(params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo("losetup", arguments) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return string.Empty;
        }

        string output = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return output;
    }
}
