// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;
using System.Runtime.Versioning;
using TcmuRunner.Io;

namespace TcmuRunner.Handlers.File.Tests;

/// <summary>Who may use one file at a time; QEMU's own tools stand for the other programs.</summary>
[SupportedOSPlatform("linux")]
public sealed class FileLockTests : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly TemporaryDirectory _directory = new();
    private readonly AsyncFileSystem _files = new();
    private readonly string _path;

    public FileLockTests()
    {
        _path = _directory.PathOf("disk.img");
        using FileStream file = System.IO.File.Create(_path);
        file.SetLength(Requests.SizeBytes);
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("", "")]
    [InlineData("", ";ro")]
    [InlineData(";ro", "")]
    public async Task Two_devices_on_a_file_are_refused_where_one_writes(string first, string second)
    {
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}{first}");

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => Requests.OpenAsync(_files, $"file/{_path}{second}"));

        Assert.Equal(HandlerErrorKind.Busy, refusal.Kind);
        Assert.Contains(_path, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(";ro", ";ro")]
    [InlineData("", ";shared")]
    [InlineData(";shared", "")]
    public async Task Readers_and_those_who_share_go_together(string first, string second)
    {
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}{first}");
        await using FileDevice other = await Requests.OpenAsync(_files, $"file/{_path}{second}");

        Assert.NotSame(device, other);
    }

    [Fact]
    public async Task A_closed_device_lets_go()
    {
        await (await Requests.OpenAsync(_files, $"file/{_path}")).DisposeAsync();

        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}");

        Assert.Equal(Requests.SizeBytes, device.Characteristics.SizeBytes);
    }

    [Fact]
    public async Task Qemu_img_sees_that_the_file_is_served()
    {
        string image = Require("qemu-img");
        await using FileDevice device = await Requests.OpenAsync(_files, $"file/{_path}");

        (int status, string error) = await RunAsync(image, "resize", "-f", "raw", _path, "2M");

        Assert.NotEqual(0, status);
        Assert.Contains("lock", error, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync(image, "info", "--force-share", "-f", "raw", _path)).Status);
    }

    [Fact]
    public async Task A_file_that_qemu_nbd_exports_is_refused()
    {
        string socket = _directory.PathOf("nbd");
        string processFile = _directory.PathOf("pid");
        (int status, string error) = await RunAsync(
            Require("qemu-nbd"), "--fork", "--persistent", "--pid-file", processFile, "-f", "raw", "--socket", socket, _path);
        Assert.True(status == 0, error);
        using Process export = Process.GetProcessById(
            int.Parse(await System.IO.File.ReadAllTextAsync(processFile), System.Globalization.CultureInfo.InvariantCulture));
        try
        {
            HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(() => Requests.OpenAsync(_files, $"file/{_path}"));

            Assert.Equal(HandlerErrorKind.Busy, refusal.Kind);
        }
        finally
        {
            export.Kill();
        }
    }

    private static string Require(string program)
    {
        string path = $"/usr/bin/{program}";
        Assert.SkipUnless(System.IO.File.Exists(path), $"{program} is missing: install qemu-utils.");
        return path;
    }

    private static async Task<(int Status, string Error)> RunAsync(string program, params string[] arguments)
    {
        // A file, not a pipe: a program that goes on in the background keeps its standard error open.
        using var limit = new CancellationTokenSource(s_limit);
        string errors = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$@\" >/dev/null 2>\"$ERRORS\"", program, .. arguments]);
            start.Environment["ERRORS"] = errors;
            using Process process = Process.Start(start)!;
            await process.WaitForExitAsync(limit.Token);
            return (process.ExitCode, await System.IO.File.ReadAllTextAsync(errors, limit.Token));
        }
        finally
        {
            System.IO.File.Delete(errors);
        }
    }
}
