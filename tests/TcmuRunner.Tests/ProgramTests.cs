// SPDX-License-Identifier: Apache-2.0
using System.Diagnostics;

namespace TcmuRunner.Tests;

/// <summary>The real program, on a machine whose kernel need not have TCMU.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>gluster-block reads the last word (handlers.md, trap 8).</summary>
    [Fact]
    public async Task The_last_word_of_the_version_is_the_version()
    {
        DaemonProcess.Result result = await DaemonProcess.RunAsync("--version");

        Assert.Equal(0, result.ExitStatus);
        Assert.Equal($"tcmu-runner {Daemon.Version}\n", result.Output);
        Assert.Matches(@"^\d+\.\d+\.\d+$", Daemon.Version);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task Help_is_a_success()
    {
        DaemonProcess.Result result = await DaemonProcess.RunAsync("-h");

        Assert.Equal(0, result.ExitStatus);
        Assert.StartsWith("Usage: tcmu-runner [options]\n", result.Output, StringComparison.Ordinal);
        Assert.Empty(result.Error);
    }

    [Fact]
    public async Task An_unknown_option_is_one_line_and_status_2()
    {
        DaemonProcess.Result result = await DaemonProcess.RunAsync("--bogus");

        Assert.Equal(2, result.ExitStatus);
        Assert.Equal("tcmu-runner: unknown option '--bogus'; 'tcmu-runner --help' lists the options", result.ErrorLine);
    }

    [Fact]
    public async Task Without_root_it_says_so_in_one_line()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become somebody else.");
        string program = CopyProgramForEverybody();

        DaemonProcess.Result result = await DaemonProcess.RunAsync(
            new ProcessStartInfo("setpriv", ["--reuid", "65534", "--clear-groups", program]));

        Assert.Equal(1, result.ExitStatus);
        Assert.Equal(
            "tcmu-runner: Only root can serve TCMU devices: start it with sudo, or as a service with 'systemctl start tcmu-runner'.",
            result.ErrorLine);
    }

    [Fact]
    public async Task Without_the_kernel_module_it_says_so_in_one_line()
    {
        SkipUnlessRootWithoutTcmu();

        DaemonProcess.Result result = await RunAsync([], "--tcmu-log-dir", _folder.Combine("log"));

        Assert.Equal(1, result.ExitStatus);
        Assert.Contains("[CRIT] The kernel module target_core_user is not loaded", result.ErrorLine, StringComparison.Ordinal);
        Assert.Contains("target_core_user is not loaded", Log("log"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, true, "arguments")]
    [InlineData(false, true, "environment")]
    [InlineData(false, false, "file")]
    public async Task The_log_is_in_the_folder_of_the_first_that_names_one(bool arguments, bool environment, string expected)
    {
        SkipUnlessRootWithoutTcmu();

        await RunAsync(
            environment ? [("TCMU_LOGDIR", _folder.Combine("environment"))] : [],
            arguments ? ["--tcmu_log_dir", _folder.Combine("arguments")] : []);

        string[] folders = [.. Directory.GetDirectories(_folder.Path).Select(folder => Path.GetFileName(folder)!)];
        Assert.Equal([expected], folders);
        Assert.Contains($"tcmu-runner {Daemon.Version} starts", Log(expected), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_folder_that_cannot_be_written_to_is_named_and_the_log_goes_to_standard_error()
    {
        SkipUnlessRootWithoutTcmu();
        string folder = Path.Combine(_folder.Write("a-file", ""), "log");

        DaemonProcess.Result result = await RunAsync([], "-l", folder);

        string[] lines = result.Error.TrimEnd('\n').Split('\n');
        Assert.StartsWith($"tcmu-runner: the log folder '{folder}' cannot be written to (", lines[0], StringComparison.Ordinal);
        Assert.EndsWith($"[INFO] tcmu-runner {Daemon.Version} starts", lines[1], StringComparison.Ordinal);
        Assert.Contains("[CRIT]", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bad_value_in_the_configuration_file_is_in_the_log()
    {
        SkipUnlessRootWithoutTcmu();
        string configuration = _folder.Write("bad.conf", "log_level = loud\n");

        await RunAsync([], "--config", configuration, "-l", _folder.Combine("log"));

        string expected = $"[WARN] {configuration}, line 1: log_level: 'loud' is not a log level: 0 to 5";
        Assert.Contains(expected, Log("log"), StringComparison.Ordinal);
    }

    private static void SkipUnlessRootWithoutTcmu()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "The program needs root.");
        Assert.SkipWhen(Directory.Exists("/lib/modules") && KernelHasTcmu(), "The program would serve on this machine.");
    }

    private static bool KernelHasTcmu()
    {
        using Process process = Process.Start(new ProcessStartInfo("modprobe", ["--dry-run", "--quiet", "target_core_user"]))!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }

    private Task<DaemonProcess.Result> RunAsync((string Name, string Value)[] environment, params string[] arguments)
    {
        string configuration = _folder.Write("tcmu.conf", $"log_dir_path = {_folder.Combine("file")}\n");
        return DaemonProcess.RunAsync(environment, ["--config", configuration, "--lock-file", _folder.Combine("lock"), .. arguments]);
    }

    private string Log(string folder) => File.ReadAllText(_folder.Combine(folder, "tcmu-runner.log"));

    // The tests may run below a folder that only root may enter.
    private string CopyProgramForEverybody()
    {
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101);
        foreach (string file in Directory.GetFiles(AppContext.BaseDirectory, "*"))
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith("tcmu-runner", StringComparison.Ordinal) || name.StartsWith("TcmuRunner", StringComparison.Ordinal)
                || name.StartsWith("Serilog", StringComparison.Ordinal))
            {
                File.Copy(file, _folder.Combine(name));
            }
        }

        return _folder.Combine("tcmu-runner");
    }
}
