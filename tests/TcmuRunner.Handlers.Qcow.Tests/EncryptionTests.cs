// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>Encrypted images of QEMU's making are read and written; QEMU reads what we wrote.</summary>
public sealed class EncryptionTests : IDisposable
{
    private const int SizeBytes = 1 << 20;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("luks", "encrypt.iter-time=10")]
    [InlineData("luks", "encrypt.iter-time=10,encrypt.cipher-alg=aes-128,encrypt.hash-alg=sha1")]
    [InlineData("luks", "encrypt.iter-time=10,encrypt.cipher-alg=aes-256,encrypt.cipher-mode=cbc,encrypt.ivgen-alg=essiv,encrypt.ivgen-hash-alg=sha256")]
    [InlineData("luks", "encrypt.iter-time=10,encrypt.hash-alg=sha512,cluster_size=4096")]
    [InlineData("aes", "cluster_size=65536")]
    public async Task An_encrypted_image_goes_both_ways(string method, string options)
    {
        string secret = _directory.PathOf("secret");
        await File.WriteAllTextAsync(secret, "open sesame");
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run(
            "create", "-q", "-f", "qcow2", "--object", $"secret,id=s,file={secret}", "-o", $"encrypt.format={method},encrypt.key-secret=s,{options}", path, $"{SizeBytes}");
        var run = new ModelRun(path, new byte[SizeBytes], seed: 3, options: new ImageOptions { SecretPath = secret });

        await run.RunAsync();

        string decrypted = _directory.PathOf("decrypted.raw");
        string format = method == "aes" ? "driver=qcow2,encrypt.format=aes" : "driver=qcow2";
        QemuImg.Run(
            "convert", "--object", $"secret,id=s,file={secret}", "--image-opts", $"{format},encrypt.key-secret=s,file.filename={path}", "-O", "raw", decrypted);
        Assert.Equal(run.Model, await File.ReadAllBytesAsync(decrypted));
        QemuImg.Run("check", "--object", $"secret,id=s,file={secret}", "--image-opts", $"{format},encrypt.key-secret=s,file.filename={path}");
    }

    [Theory]
    [InlineData("close sesame", "opens no key slot")]
    [InlineData(null, "is encrypted; name a file with its secret")]
    public async Task A_wrong_or_missing_secret_is_told(string? given, string expected)
    {
        string secret = _directory.PathOf("secret");
        await File.WriteAllTextAsync(secret, "open sesame");
        string path = _directory.PathOf("disk.qcow2");
        QemuImg.Run(
            "create", "-q", "-f", "qcow2", "--object", $"secret,id=s,file={secret}", "-o", "encrypt.format=luks,encrypt.key-secret=s,encrypt.iter-time=10", path, $"{SizeBytes}");
        await File.WriteAllTextAsync(secret, given + "\n");

        HandlerException refusal = await Assert.ThrowsAsync<HandlerException>(
            () => Images.OpenAsync(path, new ImageOptions { SecretPath = given is null ? null : secret }));

        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }
}
