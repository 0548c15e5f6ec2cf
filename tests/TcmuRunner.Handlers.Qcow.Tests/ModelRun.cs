// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Handlers.Qcow.Format;

namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>One sequence of random operations on an image and on its model.</summary>
/// <param name="path">The image.</param>
/// <param name="model">What the disk holds at first.</param>
/// <param name="seed">Decides everything.</param>
/// <param name="canGrow">Whether the disk may get larger.</param>
/// <param name="options">How to open the image.</param>
internal sealed class ModelRun(string path, byte[] model, int seed, bool canGrow = true, ImageOptions? options = null)
{
    private const int Steps = 60;
    private readonly Random _random = new(seed);
    private readonly Dictionary<string, byte[]> _snapshots = [];
    private byte[] _model = model;

    /// <summary>What the disk holds.</summary>
    public byte[] Model => _model;

    public async Task RunAsync()
    {
        ImageLayer image = await Images.OpenAsync(path, options);
        try
        {
            for (int step = 0; step < Steps; step++)
            {
                image = await StepAsync(image, step);
            }

            await ExpectAsync(image, 0, _model.Length);
        }
        finally
        {
            await image.DisposeAsync();
        }
    }

    /// <summary>Lets qemu-img check the image and compare it with the model.</summary>
    public void Judge(string modelPath)
    {
        QemuImg.Check(path);
        File.WriteAllBytes(modelPath, _model);
        QemuImg.Run("compare", "-q", "-F", "raw", path, modelPath);
        foreach ((string name, byte[] content) in _snapshots)
        {
            string copy = modelPath + ".snapshot";
            QemuImg.Run("convert", "-l", $"snapshot.name={name}", "-O", "raw", path, copy);
            Assert.True(content.AsSpan().SequenceEqual(File.ReadAllBytes(copy).AsSpan(0, content.Length)), $"Seed {seed}: the snapshot '{name}' has changed.");
        }
    }

    private async Task<ImageLayer> StepAsync(ImageLayer image, int step)
    {
        (int offset, int length) = Range();
        switch (_random.Next(22))
        {
            case < 9:
                byte[] data = new byte[length];
                _random.NextBytes(data);
                data.CopyTo(_model, offset);
                await image.WriteAsync(offset, data, _random.Next(8) == 0 ? WriteOptions.ForceUnitAccess : WriteOptions.None);
                break;
            case < 13:
                await ExpectAsync(image, offset, length);
                break;
            case < 15:
                await image.ZeroAsync(offset, length, mayUnmap: image.CanUnmap);
                _model.AsSpan(offset, length).Clear();
                break;
            case < 16:
                await image.ZeroAsync(offset, length, mayUnmap: false);
                _model.AsSpan(offset, length).Clear();
                break;
            case < 18:
                await image.FlushAsync();
                break;
            case < 19:
                await image.DisposeAsync();
                image = await Images.OpenAsync(path, options);
                break;
            case < 20:
                await GrowAsync(image);
                break;
            default:
                await ChangeSnapshotsAsync(image, step);
                break;
        }

        return image;
    }

    private async Task ChangeSnapshotsAsync(ImageLayer image, int step)
    {
        // An external data file has one content only.
        if (image is not Qcow2Image qcow2 || qcow2.Header.Incompatible.HasFlag(IncompatibleFeatures.ExternalData))
        {
            return;
        }

        string[] names = [.. _snapshots.Keys];
        string? name = names.Length > 0 ? names[_random.Next(names.Length)] : null;
        int choice = _random.Next(4);
        string added = $"{seed}.{step}";
        try
        {
            if (choice == 0 && name is not null && _snapshots[name].Length == _model.Length)
            {
                await qcow2.ApplySnapshotAsync(name);
                _model = [.. _snapshots[name]];
            }
            else if (choice == 1 && name is not null)
            {
                await qcow2.DeleteSnapshotAsync(name);
                _snapshots.Remove(name);
            }
            else
            {
                await qcow2.CreateSnapshotAsync(added, DateTimeOffset.UnixEpoch);
                _snapshots.Add(added, [.. _model]);
            }
        }
        catch (HandlerException refusal) when (refusal.Kind is HandlerErrorKind.NotSupported or HandlerErrorKind.InvalidConfiguration)
        {
            // Counts of few bits: nothing may have changed.
            Assert.InRange(qcow2.Header.Geometry.RefcountOrder, 0, 1);
        }
    }

    private async Task GrowAsync(ImageLayer image)
    {
        // Version 2 does not keep the size of a snapshot's disk.
        bool isFixed = image is Qcow1Image || (_snapshots.Count > 0 && image is Qcow2Image { Header.Version: 2 });
        if (!canGrow || isFixed || _model.Length > 16 << 20)
        {
            return;
        }

        int size = _model.Length + (_random.Next(1, _random.Next(4) == 0 ? 4000 : 64) * 512);
        await image.GrowAsync(size, CancellationToken.None);
        Array.Resize(ref _model, size);
    }

    private async Task ExpectAsync(ImageLayer image, int offset, int length)
    {
        byte[] actual = await image.ReadAsync(offset, length);
        int same = actual.AsSpan().CommonPrefixLength(_model.AsSpan(offset, length));
        Assert.True(same == length, $"Seed {seed}: byte {offset + same} of {offset}+{length} is {(same < length ? actual[same] : 0)} and should be {(same < length ? _model[offset + same] : 0)}.");
    }

    private (int Offset, int Length) Range()
    {
        int sectors = _model.Length / 512;
        int longest = _random.Next(4) switch { 0 => 1, 1 => 16, 2 => 300, _ => 1200 };
        int length = 1 + _random.Next(Math.Min(longest, sectors));
        int offset = _random.Next(sectors - length + 1);
        if (_random.Next(3) == 0)
        {
            // Whole clusters are met seldom by chance.
            offset &= -128;
            length = Math.Min((length + 127) & -128, sectors - offset);
        }

        return (offset * 512, length * 512);
    }
}
