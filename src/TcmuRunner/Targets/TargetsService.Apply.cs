// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;
using TcmuRunner.Iscsi;
using TcmuRunner.Iscsi.Targets;
using TcmuRunner.Scsi;

namespace TcmuRunner.Targets;

/// <content>Bringing a text into force: all of it, or nothing.</content>
internal sealed partial class TargetsService
{
    /// <summary>Reads the file again and applies it.</summary>
    /// <exception cref="TargetsException">It is refused, and everything is as it was; other exceptions of <see cref="IsForUsers"/> say the same.</exception>
    internal async Task ReloadAsync()
    {
        await ReadAndApplyAsync(CancellationToken.None);
        _logger.TargetsReloaded(_path);
    }

    /// <summary>Changes the file, and with it what is served.</summary>
    /// <param name="change">Changes the text; what it throws ends the attempt.</param>
    /// <exception cref="TargetsException">It is refused, and everything is as it was; other exceptions of <see cref="IsForUsers"/> say the same.</exception>
    internal async Task ChangeAsync(Action<TargetsDocument> change)
    {
        await _turn.WaitAsync();
        try
        {
            string text = File.Exists(_path) ? await File.ReadAllTextAsync(_path) : "";
            if (_appliedText is not null && text != _appliedText)
            {
                throw new TargetsException("", $"{_path} was changed by somebody else and is not in force. Reload it first, then change it: tcmuctl target reload.");
            }

            TargetsDocument document = TargetsDocument.Parse(text);
            change(document);
            string changed = document.ToText();
            using TargetsDraft draft = TargetsDraft.Write(_path, changed);
            await ApplyAsync(changed, CancellationToken.None);
            draft.Commit();
            _appliedText = changed;
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task TryReloadAsync()
    {
        try
        {
            if (_front is not null || File.Exists(_path))
            {
                await ReloadAsync();
            }
        }
        catch (Exception exception) when (IsForUsers(exception))
        {
            _logger.TargetsRefused(_path, exception.Message);
        }
    }

    private async Task ReadAndApplyAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            string text = await File.ReadAllTextAsync(_path, cancellationToken);
            await ApplyAsync(text, cancellationToken);
            _appliedText = text;
        }
        finally
        {
            _turn.Release();
        }
    }

    // Under _turn.
    private async Task ApplyAsync(string text, CancellationToken cancellationToken)
    {
        TargetsFile file = TargetsFile.Parse(text);
        IscsiFront front = _front ?? await StartFrontAsync(cancellationToken);
        var opened = new Dictionary<StorageDescription, LogicalUnit>();
        _opening = file.Storage;
        try
        {
            var units = new Dictionary<StorageDescription, LogicalUnit>();
            var resized = new List<(LogicalUnit Unit, long SizeBytes)>();
            foreach (StorageDescription storage in file.Storage)
            {
                units.Add(storage, FindOpen(storage, resized) ?? (opened[storage] = await OpenAsync(storage, front, cancellationToken)));
            }

            TargetConfiguration configuration = file.ToConfiguration(name => units.FirstOrDefault(unit => unit.Key.Name == name).Value);
            await front.ApplyAsync(
                configuration,
                async () =>
                {
                    await ResizeAsync(resized, cancellationToken);
                    opened.Clear();
                },
                cancellationToken);
            LogicalUnit[] unused = [.. _units.Values.Except(units.Values)];
            _units = units;
            await CloseAsync(unused);
            Changed?.Invoke();
        }
        finally
        {
            _opening = [];
            await CloseAsync(opened.Values);
        }
    }

    private async Task<IscsiFront> StartFrontAsync(CancellationToken cancellationToken)
    {
        var front = new IscsiFront(_options, _loggers.CreateLogger<IscsiFront>());
        await front.StartAsync(cancellationToken);
        front.SessionsChanged += () => Changed?.Invoke();
        _front = front;
        return front;
    }

    // The same disk goes on; another size alone does not make it another one.
    private LogicalUnit? FindOpen(StorageDescription storage, List<(LogicalUnit Unit, long SizeBytes)> resized)
    {
        foreach ((StorageDescription known, LogicalUnit unit) in _units)
        {
            if (known == storage)
            {
                return unit;
            }

            if (storage.SizeBytes is { } size && known with { SizeBytes = size } == storage)
            {
                resized.Add((unit, size));
                return unit;
            }
        }

        return null;
    }

    // All of them or none: those that have become larger go back when another one refuses. Smaller ones come last, so that none of them has to.
    private static async Task ResizeAsync(List<(LogicalUnit Unit, long SizeBytes)> wanted, CancellationToken cancellationToken)
    {
        var done = new List<(LogicalUnit Unit, long SizeBytes)>();
        try
        {
            foreach ((LogicalUnit unit, long sizeBytes) in wanted.OrderByDescending(change => change.SizeBytes - (change.Unit.BlockCount * change.Unit.BlockSizeBytes)))
            {
                long before = unit.BlockCount * unit.BlockSizeBytes;
                await unit.ResizeAsync(sizeBytes, cancellationToken);
                done.Add((unit, before));
            }
        }
        catch
        {
            foreach ((LogicalUnit unit, long before) in done)
            {
                await unit.ResizeAsync(before, CancellationToken.None);
            }

            throw;
        }
    }
}
