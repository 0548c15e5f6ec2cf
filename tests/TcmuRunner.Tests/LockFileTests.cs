// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Tests;

public sealed class LockFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_file_is_for_its_owner_and_stays()
    {
        string path = _folder.Combine("lock");

        LockFile.Acquire(path).Dispose();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public void A_file_that_cannot_be_made_is_named()
    {
        string path = _folder.Combine("missing", "lock");

        DaemonException exception = Assert.Throws<DaemonException>(() => LockFile.Acquire(path));

        Assert.Equal(DaemonErrorKind.LockFile, exception.Kind);
        Assert.Contains(path, exception.Message, StringComparison.Ordinal);
    }

    /// <summary>A record lock does not keep the own process out, so the second daemon is a real one.</summary>
    [Fact]
    public async Task A_second_daemon_says_who_runs_already()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root gets as far as the lock.");
        string path = _folder.Combine("lock");
        using var held = LockFile.Acquire(path);

        DaemonProcess.Result result = await DaemonProcess.RunAsync("--lock-file", path, "-l", _folder.Path);

        Assert.Equal(1, result.ExitStatus);
        string expected = $"[CRIT] tcmu-runner is already running (pid {Environment.ProcessId}).";
        Assert.EndsWith(expected, result.ErrorLine, StringComparison.Ordinal);
    }
}
